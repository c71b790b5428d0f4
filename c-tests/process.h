/* What the system says about this process: threads, descriptors, memory. */
#ifndef DIMSE_C_TESTS_PROCESS_H
#define DIMSE_C_TESTS_PROCESS_H

/* Threads that run now, this one included. One that was joined is listed for a moment longer: the kernel takes it off its
 * list after it has told whoever waits. */
int process_threads(void);

/* Descriptors that are open now; 0 under ThreadSanitizer, which opens some when it has something to say. */
int process_descriptors(void);

/* Memory that is resident now, in KiB; 0 under a checker, which keeps what was freed and looks for leaks itself. */
long process_memory_kib(void);

/* Runs the function in a child process that must end by itself, with this exit code, within PATIENCE_MS. */
void process_child(void (*function)(void), int exit_code);

#endif
