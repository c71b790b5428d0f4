#include "process.h"

#include "check.h"
#include "moment.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int entries(const char *folder);

#ifdef __SANITIZE_THREAD__
static void *nothing(void *data) { return data; }

static void start_one(void) {
    pthread_t thread;
    CHECK_IS(pthread_create(&thread, NULL, nothing, NULL), 0);
    CHECK_IS(pthread_join(thread, NULL), 0);
}

/* ThreadSanitizer has a thread of its own from the moment on in which the process starts its first. */
int process_threads(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_one);
    return entries("/proc/self/task") - 1;
}

int process_descriptors(void) { return 0; }
#else
int process_threads(void) { return entries("/proc/self/task"); }

/* Reading the folder takes a descriptor itself. */
int process_descriptors(void) { return entries("/proc/self/fd") - 1; }
#endif

long process_memory_kib(void) {
    long total = 0;
    long resident = 0;
    FILE *file;
    if (getenv("DIMSE_MEMORY_IS_WATCHED") != NULL) {
        return 0;
    }
    file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL);
    CHECK_IS(fscanf(file, "%ld %ld", &total, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

void process_child(void (*function)(void), int exit_code) {
    uint64_t until = now_ms() + PATIENCE_MS;
    int status = 0;
    pid_t child;
    fflush(NULL);
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        function();
        _exit(99);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (now_ms() > until) {
            kill(child, SIGKILL);
            CHECK(!"the child ends by itself");
        }
        sleep_ms(2);
    }
    CHECK(!WIFSIGNALED(status));
    CHECK(WIFEXITED(status));
    CHECK_IS(WEXITSTATUS(status), exit_code);
}

static int entries(const char *folder) {
    int count = 0;
    struct dirent *entry;
    DIR *directory = opendir(folder);
    CHECK(directory != NULL);
    while ((entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}
