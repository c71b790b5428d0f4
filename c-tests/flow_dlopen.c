/* ctest-not-linked
 * dlopen, use, dlclose, and threads that end afterwards: what the library has left in a thread of the host still finds its
 * code. As a plug-in host does it, again and again. */
#include <dimse.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(int line, const char *what) {
    fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, line, what);
    exit(1);
}

#define HOLDS(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

/* dlsym gives a pointer to data; this is how POSIX says to make a function of it. */
static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    HOLDS(found != NULL);
    return found;
}

#define FUNCTION(library, name) (*(void **)(&name) = symbol(library, #name))

/* Starts a node, associates with it on this thread, echoes, and ends everything or leaves it running. */
static void use(void *library, int shuts_down) {
    dimse_result (*dimse_server_options_new)(dimse_server_options **, dimse_error **);
    dimse_result (*dimse_server_options_set_listen)(dimse_server_options *, const char *, uint32_t, dimse_error **);
    dimse_result (*dimse_server_start)(dimse_runtime *, const dimse_server_options *, dimse_server **, dimse_error **);
    dimse_result (*dimse_server_port)(const dimse_server *, uint16_t *);
    dimse_result (*dimse_assoc_options_new)(dimse_assoc_options **, dimse_error **);
    dimse_result (*dimse_assoc_options_set_peer)(dimse_assoc_options *, const char *, uint32_t, dimse_error **);
    dimse_result (*dimse_assoc_open)(dimse_runtime *, const dimse_assoc_options *, dimse_assoc **, dimse_error **);
    dimse_result (*dimse_assoc_echo)(
        dimse_assoc *, const dimse_echo_options *, dimse_event_cb, void *, uint16_t *, dimse_error **);
    dimse_result (*dimse_assoc_release)(dimse_assoc *, dimse_error **);
    dimse_result (*dimse_runtime_shutdown)(dimse_runtime *, uint32_t);
    void (*dimse_assoc_free)(dimse_assoc *);
    void (*dimse_assoc_options_free)(dimse_assoc_options *);
    void (*dimse_server_free)(dimse_server *);
    void (*dimse_server_options_free)(dimse_server_options *);
    dimse_server_options *acceptor = NULL;
    dimse_server *server = NULL;
    dimse_assoc_options *caller = NULL;
    dimse_assoc *assoc = NULL;
    uint16_t port = 0;
    uint16_t status = 1;

    FUNCTION(library, dimse_server_options_new);
    FUNCTION(library, dimse_server_options_set_listen);
    FUNCTION(library, dimse_server_start);
    FUNCTION(library, dimse_server_port);
    FUNCTION(library, dimse_assoc_options_new);
    FUNCTION(library, dimse_assoc_options_set_peer);
    FUNCTION(library, dimse_assoc_open);
    FUNCTION(library, dimse_assoc_echo);
    FUNCTION(library, dimse_assoc_release);
    FUNCTION(library, dimse_runtime_shutdown);
    FUNCTION(library, dimse_assoc_free);
    FUNCTION(library, dimse_assoc_options_free);
    FUNCTION(library, dimse_server_free);
    FUNCTION(library, dimse_server_options_free);

    HOLDS(dimse_server_options_new(&acceptor, NULL) == DIMSE_OK);
    HOLDS(dimse_server_options_set_listen(acceptor, "127.0.0.1", 0, NULL) == DIMSE_OK);
    HOLDS(dimse_server_start(NULL, acceptor, &server, NULL) == DIMSE_OK);
    HOLDS(dimse_server_port(server, &port) == DIMSE_OK);
    HOLDS(dimse_assoc_options_new(&caller, NULL) == DIMSE_OK);
    HOLDS(dimse_assoc_options_set_peer(caller, "127.0.0.1", port, NULL) == DIMSE_OK);
    HOLDS(dimse_assoc_open(NULL, caller, &assoc, NULL) == DIMSE_OK);
    HOLDS(dimse_assoc_echo(assoc, NULL, NULL, NULL, &status, NULL) == DIMSE_OK && status == 0);
    HOLDS(dimse_assoc_release(assoc, NULL) == DIMSE_OK);
    dimse_assoc_free(assoc);
    dimse_assoc_options_free(caller);
    dimse_server_free(server);
    dimse_server_options_free(acceptor);
    if (shuts_down) {
        HOLDS(dimse_runtime_shutdown(NULL, 0) == DIMSE_OK);
    }
}

static void *load_use_and_unload(void *shuts_down) {
    void *library = dlopen(DIMSE_LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL);
    HOLDS(library != NULL);
    use(library, *(const int *)shuts_down);
    HOLDS(dlclose(library) == 0);
    return NULL;
}

/* The thread ends when the library is gone, as far as the host can tell. */
static void in_a_thread(int shuts_down) {
    pthread_t thread;
    HOLDS(pthread_create(&thread, NULL, load_use_and_unload, &shuts_down) == 0);
    HOLDS(pthread_join(thread, NULL) == 0);
}

static void *use_it(void *library) {
    use(library, 1);
    return NULL;
}

/* Every thread that used it has ended, whoever loaded it closes it: it stays where it is (-z nodelete). */
static void it_stays(void) {
    pthread_t thread;
    void *library = dlopen(DIMSE_LIBRARY_FILE, RTLD_NOW | RTLD_LOCAL);
    HOLDS(library != NULL);
    HOLDS(pthread_create(&thread, NULL, use_it, library) == 0);
    HOLDS(pthread_join(thread, NULL) == 0);
    HOLDS(dlclose(library) == 0);
    HOLDS(dlopen(DIMSE_LIBRARY_FILE, RTLD_NOW | RTLD_NOLOAD) == library);
}

int main(void) {
    int yes = 1;
    int round;
    HOLDS(dlopen(DIMSE_LIBRARY_FILE, RTLD_NOW | RTLD_NOLOAD) == NULL);
    it_stays();
    for (round = 0; round < 3; round++) {
        in_a_thread(1);
    }
    load_use_and_unload(&yes);
    /* A host that forgets the shutdown: its threads run on, and find their code too. */
    in_a_thread(0);
    in_a_thread(1);
    return 0;
}
