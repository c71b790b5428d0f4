/* A server with a header handler: it decides by the front of each instance where the whole goes, now or later, before
 * the rest is taken from the connection: into the folder, to a path, into memory, into code of its own, or nowhere. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "sample.h"
#include "sink.h"

static struct folder folder;
static struct node node;
/* Fronts, and whole instances: new ones for each server, since the last one's may just be given back. */
static struct desk desks[24];
static struct desk *fronts;
static struct desk *desk;

static void setters(void);
static void start(int has_folder, int has_handler, uint32_t refused);
static void stop(void);
static void into_the_folder(void);
static void to_a_path(void);
static void with_another_front(void);
static void a_front_that_does_not_fit(void);
static void into_memory(void);
static void given_along(void);
static void given_along_with_what_does_not_arrive(void);
static void refused_by_its_front(void);
static void refused_with_its_association(void);
static void at_fault_with_its_association(void);
static void refused_by_the_library_with_its_status(void);
static void no_space(void);
static void into_code(void);
static void code_that_refuses(void);
static void elements_that_pass(void);

int main(void) {
    folder_make(&folder);
    setters();
    start(1, 0, DIMSE_REFUSED_DISCARD);
    into_the_folder();
    to_a_path();
    with_another_front();
    a_front_that_does_not_fit();
    refused_by_its_front();
    into_code();
    code_that_refuses();
    stop();
    start(0, 1, DIMSE_REFUSED_DISCARD);
    into_memory();
    given_along();
    given_along_with_what_does_not_arrive();
    stop();
    start(0, 0, DIMSE_REFUSED_ABORT);
    refused_with_its_association();
    at_fault_with_its_association();
    refused_by_the_library_with_its_status();
    stop();
    no_space();
    elements_that_pass();
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

/* What a callback sees of the elements of an instance. */
struct seen {
    pthread_mutex_t lock;
    int elements;
    int names;
    int pixels;
    uint64_t end;
    int released;
};

static void seen_init(struct seen *seen) {
    memset(seen, 0, sizeof *seen);
    pthread_mutex_init(&seen->lock, NULL);
}

static void see(const dimse_passing_element *element, void *user_data) {
    struct seen *seen = (struct seen *)user_data;
    pthread_mutex_lock(&seen->lock);
    CHECK_IS(element->struct_size, sizeof *element);
    CHECK(element->offset >= seen->end && element->value.len <= 8);
    CHECK_TEXT(element->sop_class, CT_IMAGE_STORAGE);
    CHECK_TEXT(element->sop_instance, "1.2.3.93");
    seen->elements++;
    seen->end = element->offset + element->length;
    if (element->tag == 0x0020000Du) {
        CHECK_TEXT(element->vr, "UI");
        CHECK(element->value.len == 8 && memcmp(element->value.data, SAMPLE_STUDY, 7) == 0);
        seen->names++;
    } else if (element->tag == 0x7FE00010u) {
        CHECK_IS(element->length, 100000);
        seen->pixels++;
    }
    pthread_mutex_unlock(&seen->lock);
}

static void seen_release(void *user_data) {
    struct seen *seen = (struct seen *)user_data;
    pthread_mutex_lock(&seen->lock);
    seen->released++;
    pthread_mutex_unlock(&seen->lock);
}

static int seen_number(struct seen *seen, const int *number) {
    int value;
    pthread_mutex_lock(&seen->lock);
    value = *number;
    pthread_mutex_unlock(&seen->lock);
    return value;
}

/* Of a sink that has no end. */
static void count_alone(void *user_data) { ((struct sink *)user_data)->released++; }

static void new_desks(void) {
    static int used;
    CHECK(used + 2 <= (int)(sizeof desks / sizeof desks[0]));
    fronts = &desks[used++];
    desk = &desks[used++];
    desk_init(fronts);
    desk_init(desk);
}

#define REFUSED(words, call) CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, words, call)

static void setters(void) {
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    new_desks();
    REFUSED("max_bytes", dimse_server_options_set_header_handler(
        options, 0, UINT32_MAX, NULL, desk_request, fronts, desk_release, &err));
    CHECK_IS(desk_releases(fronts), 1);
    REFUSED("refused: 2", dimse_server_options_set_refused(options, 2, &err));
    CHECK_OK(err, dimse_server_options_set_header_handler(
        options, 0x0020000Du, 1, NULL, desk_request, fronts, desk_release, &err));
    CHECK_OK(err, dimse_server_options_set_header_handler(options, 0, 0, NULL, NULL, NULL, NULL, &err));
    CHECK_IS(desk_releases(fronts), 2);
    dimse_server_options_free(options);
}

static void start(int has_folder, int has_handler, uint32_t refused) {
    dimse_server_options *options = has_folder ? node_folder(&folder) : node_options();
    dimse_error *err = NULL;
    new_desks();
    CHECK_OK(err, dimse_server_options_set_header_handler(
        options, 0, 0, NULL, desk_request, fronts, desk_release, &err));
    if (has_handler) {
        CHECK_OK(err, dimse_server_options_set_handler(options, NULL, desk_request, desk, desk_release, &err));
    }
    CHECK_OK(err, dimse_server_options_set_refused(options, refused, &err));
    node_start(&node, options);
}

static void stop(void) {
    CHECK_EMPTY(&node);
    node_stop(&node);
    CHECK_SOON(desk_releases(fronts) == 1);
    CHECK_IS(desk_waiting(fronts), 0);
}

/* Starts to store; takes the front that comes of it. */
static dimse_request *begin(dimse_assoc *assoc, const struct sample *sample, struct listener *listener) {
    sample_store(sample, assoc, listener);
    return desk_take_request(fronts);
}

/* A front is no instance yet. */
static void expect_front(dimse_request *request) {
    dimse_message message;
    dimse_received received;
    dimse_bytes bytes;
    dimse_error *err = NULL;
    memset(&message, 0, sizeof message);
    message.struct_size = sizeof message;
    CHECK_IS(dimse_request_message(request, &message), DIMSE_OK);
    CHECK_IS(message.command, DIMSE_COMMAND_C_STORE_RQ);
    CHECK_TEXT(message.transfer_syntax, EXPLICIT_VR_LITTLE_ENDIAN);
    memset(&received, 0, sizeof received);
    received.struct_size = sizeof received;
    CHECK_IS(dimse_request_received(request, &received), DIMSE_ERR_STATE);
    CHECK_IS(dimse_request_data(request, &bytes), DIMSE_ERR_STATE);
    CHECK_IS(dimse_request_file_header(request, &bytes), DIMSE_OK);
    CHECK(bytes.len > 132 && memcmp(bytes.data + 128, "DICM", 4) == 0);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "would say that the instance is stored",
        dimse_request_respond(request, 0, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "would say that the instance is stored",
        dimse_request_respond(request, 0xB000, NULL, &err));
}

static void into_the_folder(void) {
    static const size_t sizes[] = {0, 1000, 300000, 2000000};
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    uint64_t before = node_counters(&node).instances_total;
    size_t index;
    for (index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
        static const char *const names[] = {"1.2.3.40", "1.2.3.41", "1.2.3.42", "1.2.3.43"};
        struct sample sample = sample_make(CT_IMAGE_STORAGE, names[index], sizes[index]);
        struct listener listener;
        struct path path;
        char name[128];
        dimse_error *err = NULL;
        dimse_request *request = begin(assoc, &sample, &listener);
        expect_front(request);
        CHECK(!listener_is_done(&listener));
        CHECK_IS(folder_files(&folder), (int)index);
        CHECK_REFUSED(err, DIMSE_ERR_STATE, "nobody would get the instance",
            dimse_request_accept_to_memory(request, NULL, 1000, &err));
        CHECK_OK(err, dimse_request_accept(request, NULL, &err));
        CHECK_IS(dimse_request_accept(request, NULL, NULL), DIMSE_ANSWERED_ALREADY);
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(listener.status, 0);
        sprintf(name, "%s/%s/%s.dcm", SAMPLE_STUDY, SAMPLE_SERIES, names[index]);
        path = folder_path(&folder, name);
        CHECK(file_has_data_set(path.text, &sample));
        dimse_request_free(request);
        sample_free(&sample);
    }
    CHECK_IS(node_counters(&node).instances_total, before + 4);
    node_release(assoc);
}

static void to_a_path(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.50", 400000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    uint64_t before = node_counters(&node).bytes_total;
    struct path path = folder_path(&folder, "mine.dcm");
    struct path nowhere = folder_path(&folder, "no/such/folder.dcm");
    char longest[sizeof folder.path + 257];
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    REFUSED("path is NULL", dimse_request_accept_to_file(request, NULL, NULL, &err));
    CHECK_OK(err, dimse_request_accept_to_file(request, NULL, path.text, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    CHECK(file_has_data_set(path.text, &sample));
    CHECK_IS(node_counters(&node).bytes_total, before + sample_data_set(&sample));
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_accept_to_file(request, NULL, nowhere.text, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xA700);
    /* The longest name that the system takes. */
    sprintf(longest, "%s/%0255d", folder.path, 1);
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_accept_to_file(request, NULL, longest, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    CHECK(file_has_data_set(longest, &sample));
    sample_free(&sample);
    node_release(assoc);
}

static void into_memory(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.60", 700000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_error *err = NULL;
    dimse_dataset *header = NULL;
    dimse_received received;
    dimse_bytes bytes;
    uint64_t before;
    dimse_request *whole;
    dimse_request *request = begin(assoc, &sample, &listener);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "the server has no folder", dimse_request_accept(request, NULL, &err));
    CHECK_OK(err, dimse_request_accept_to_memory(request, NULL, sample_data_set(&sample), &err));
    dimse_request_free(request);
    whole = desk_take_request(desk);
    CHECK_IS(dimse_request_data(whole, &bytes), DIMSE_OK);
    CHECK_IS(bytes.len, sample_data_set(&sample));
    CHECK(memcmp(bytes.data, sample.bytes + sample.header, bytes.len) == 0);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "nothing to decide", dimse_request_accept(whole, NULL, &err));
    CHECK_OK(err, dimse_request_respond(whole, 0xB000, NULL, &err));
    dimse_request_free(whole);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xB000);
    /* One that is changed is as long as it is then. */
    before = node_counters(&node).bytes_total;
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_header(request, &header, &err));
    CHECK_OK(err, dimse_dataset_set_string(header, "InstitutionName", 0, "A hospital", &err));
    CHECK_OK(err, dimse_request_accept_to_memory(request, header, 2 * sample_data_set(&sample), &err));
    dimse_dataset_free(header);
    dimse_request_free(request);
    whole = desk_take_request(desk);
    memset(&received, 0, sizeof received);
    received.struct_size = sizeof received;
    CHECK_IS(dimse_request_received(whole, &received), DIMSE_OK);
    CHECK_IS(received.bytes, sample_data_set(&sample) + 18);
    CHECK_IS(dimse_request_data(whole, &bytes), DIMSE_OK);
    CHECK_IS(bytes.len, received.bytes);
    CHECK_OK(err, dimse_request_respond(whole, 0, NULL, &err));
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(node_counters(&node).bytes_total, before + received.bytes);
    dimse_request_free(whole);
    /* A byte too long. */
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_accept_to_memory(request, NULL, sample_data_set(&sample) - 1, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xA700);
    CHECK(strstr(listener.comment, "into memory") != NULL);
    CHECK_IS(desk_waiting(desk), 0);
    sample_free(&sample);
    node_release(assoc);
}

/* What goes along with an instance. */
struct given {
    pthread_mutex_t lock;
    int released;
};

static void given_init(struct given *given) {
    memset(given, 0, sizeof *given);
    pthread_mutex_init(&given->lock, NULL);
}

static void given_release(void *user_data) {
    struct given *given = (struct given *)user_data;
    pthread_mutex_lock(&given->lock);
    given->released++;
    pthread_mutex_unlock(&given->lock);
}

static int given_releases(struct given *given) {
    int released;
    pthread_mutex_lock(&given->lock);
    released = given->released;
    pthread_mutex_unlock(&given->lock);
    return released;
}

/* The request of the whole instance has what the one of its front was given first, and each is given back once. */
static void given_along(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.61", 700000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct given first;
    struct given second;
    struct given late;
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *whole;
    dimse_request *request = begin(assoc, &sample, &listener);
    given_init(&first);
    given_init(&second);
    given_init(&late);
    CHECK(dimse_request_user_data(request) == NULL);
    CHECK_OK(err, dimse_request_set_user_data(request, &first, given_release, &err));
    CHECK(dimse_request_user_data(request) == &first);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "given along before",
        dimse_request_set_user_data(request, &second, given_release, &err));
    CHECK_IS(given_releases(&second), 1);
    CHECK_IS(given_releases(&first), 0);
    CHECK(dimse_request_user_data(request) == &first);
    CHECK_OK(err, dimse_request_accept_to_memory(request, NULL, sample_data_set(&sample), &err));
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "decided before",
        dimse_request_set_user_data(request, &late, given_release, &err));
    CHECK_IS(given_releases(&late), 1);
    CHECK(dimse_request_user_data(request) == &first);
    dimse_request_free(request);
    whole = desk_take_request(desk);
    CHECK(dimse_request_user_data(whole) == &first);
    CHECK_REFUSED(err, DIMSE_ERR_STATE, "nothing to decide",
        dimse_request_set_user_data(whole, &late, given_release, &err));
    CHECK_IS(given_releases(&late), 2);
    CHECK_OK(err, dimse_request_respond(whole, 0, NULL, &err));
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(given_releases(&first), 0);
    dimse_request_free(whole);
    CHECK_SOON(given_releases(&first) == 1);
    /* The next instance has nothing. */
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_accept_to_memory(request, NULL, sample_data_set(&sample), &err));
    dimse_request_free(request);
    whole = desk_take_request(desk);
    CHECK(dimse_request_user_data(whole) == NULL);
    CHECK_OK(err, dimse_request_respond(whole, 0, NULL, &err));
    dimse_request_free(whole);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    sample_free(&sample);
    node_release(assoc);
}

static void given_along_with_what_does_not_arrive(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.62", 3000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct given given;
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    given_init(&given);
    /* Refused. */
    CHECK_OK(err, dimse_request_set_user_data(request, &given, given_release, &err));
    CHECK_OK(err, dimse_request_respond(request, 0xA900, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_SOON(given_releases(&given) == 1);
    /* Too long, once some of it has come. */
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_set_user_data(request, &given, given_release, &err));
    CHECK_OK(err, dimse_request_accept_to_memory(request, NULL, sample_data_set(&sample) - 1, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xA700);
    CHECK_SOON(given_releases(&given) == 2);
    /* Broken off: whether that is known when it is decided about or not. */
    request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_set_user_data(request, &given, given_release, &err));
    dimse_assoc_free(assoc);
    CHECK(dimse_request_accept_to_memory(request, NULL, 1, NULL) >= 0);
    CHECK_IS(given_releases(&given), 2);
    dimse_request_free(request);
    CHECK_SOON(given_releases(&given) == 3);
    listener_outcome(&listener);
    sample_free(&sample);
}

/* The front is a data set, and another one may take its place. */
static void with_another_front(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.51", 400000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct path path = folder_path(&folder, "changed.dcm");
    struct listener listener;
    dimse_dataset *header = NULL;
    dimse_dataset *stored = NULL;
    dimse_str text;
    dimse_bytes pixels;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_header(request, &header, &err));
    CHECK_TEXT(dimse_dataset_transfer_syntax(header), EXPLICIT_VR_LITTLE_ENDIAN);
    CHECK_OK(err, dimse_dataset_string(header, "StudyInstanceUID", 0, &text, &err));
    CHECK_TEXT(text, SAMPLE_STUDY);
    CHECK_IS(dimse_dataset_bytes(header, "PixelData", &pixels, NULL), DIMSE_ABSENT);
    CHECK_OK(err, dimse_dataset_set_string(header, "InstitutionName", 0, "A hospital", &err));
    CHECK_OK(err, dimse_request_accept_to_file(request, header, path.text, &err));
    dimse_dataset_free(header);
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    CHECK_OK(err, dimse_dataset_from_file(path.text, 0, 0, &stored, &err));
    CHECK_OK(err, dimse_dataset_string(stored, "InstitutionName", 0, &text, &err));
    CHECK_TEXT(text, "A hospital");
    CHECK_OK(err, dimse_dataset_string(stored, "StudyInstanceUID", 0, &text, &err));
    CHECK_TEXT(text, SAMPLE_STUDY);
    CHECK_OK(err, dimse_dataset_bytes(stored, "PixelData", &pixels, &err));
    CHECK_IS(pixels.len, 400000);
    CHECK(memcmp(pixels.data, sample.bytes + sample.length - pixels.len, pixels.len) == 0);
    dimse_dataset_free(stored);
    sample_free(&sample);
    node_release(assoc);
}

/* What belongs behind what still comes cannot be put in front; a sink that does not come to be is given back alone. */
static void a_front_that_does_not_fit(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.52", 1000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct path path = folder_path(&folder, "fits.dcm");
    struct sink sink;
    struct listener listener;
    dimse_dataset *header = NULL;
    dimse_sink *handle = NULL;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_header(request, &header, &err));
    CHECK_OK(err, dimse_dataset_set_bytes(header, "PixelData", (const uint8_t *)"ab", 2, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(7FE0,0010) cannot be put in front of (7FE0,0010)",
        dimse_request_accept(request, header, &err));
    sink_init(&sink, &sample);
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "cannot be put in front",
        dimse_request_accept_to_sink(request, header, sink_write, sink_end, &sink, count_alone, &handle, &err));
    CHECK(handle == NULL);
    CHECK_IS(sink.ended, 0);
    CHECK_IS(sink.released, 1);
    CHECK_OK(err, dimse_request_accept_to_file(request, NULL, path.text, &err));
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    /* Too late: the end comes all the same, on a thread of the library. */
    sink.released = 0;
    CHECK_IS(dimse_request_accept_to_sink(request, NULL, sink_write, sink_end, &sink, sink_release, NULL, NULL),
        DIMSE_ANSWERED_ALREADY);
    sink_expect_end(&sink, 0);
    dimse_dataset_free(header);
    dimse_request_free(request);
    sample_free(&sample);
    node_release(assoc);
}

static void refused_by_its_front(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.70", 3000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    int files = folder_files(&folder);
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_respond(request, 0xA900, "not this one", &err));
    CHECK_IS(dimse_request_accept(request, NULL, NULL), DIMSE_ANSWERED_ALREADY);
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xA900);
    CHECK(strcmp(listener.comment, "not this one") == 0);
    /* Let go of. */
    request = begin(assoc, &sample, &listener);
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xC001);
    CHECK_IS(folder_files(&folder), files);
    node_release(assoc);
    sample_free(&sample);
}

static void refused_with_its_association(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.71", 3000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_respond(request, 0xA900, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    dimse_assoc_free(assoc);
    sample_free(&sample);
}

/* A sink that holds, and nobody could ever go on with it. */
static void at_fault_with_its_association(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.74", 3000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct sink sink;
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    sink_init(&sink, &sample);
    sink.hold_at = 1;
    CHECK_OK(err, dimse_request_accept_to_sink(request, NULL, sink_write, sink_end, &sink, sink_release, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    sink_expect_end(&sink, 0);
    dimse_assoc_free(assoc);
    sample_free(&sample);
}

/* Only what the program refuses ends the association: what the library cannot take is answered. */
static void refused_by_the_library_with_its_status(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.72", 3000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct path nowhere = folder_path(&folder, "no/such/folder.dcm");
    struct sink sink;
    struct listener listener;
    dimse_error *err = NULL;
    dimse_request *request = begin(assoc, &sample, &listener);
    CHECK_OK(err, dimse_request_accept_to_file(request, NULL, nowhere.text, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0xA700);
    request = begin(assoc, &sample, &listener);
    sink_init(&sink, &sample);
    sink.refuses_with = 0xA700;
    CHECK_OK(err, dimse_request_accept_to_sink(request, NULL, sink_write, sink_end, &sink, sink_release, NULL, &err));
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_ERR_ABORTED);
    sink_expect_end(&sink, 0);
    dimse_assoc_free(assoc);
    sample_free(&sample);
}

/* The floor holds for a path too, and nobody sees elements of what is not stored. */
static void no_space(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.73", 100000);
    int to_a_path;
    for (to_a_path = 0; to_a_path < 2; to_a_path++) {
        dimse_server_options *options = node_folder(&folder);
        int before = folder_files(&folder);
        struct path path = folder_path(&folder, "full.dcm");
        struct seen seen;
        struct listener listener;
        dimse_assoc *assoc;
        dimse_request *request;
        dimse_error *err = NULL;
        seen_init(&seen);
        CHECK_OK(err, dimse_server_options_set_folder_free_space_floor_bytes(options, UINT64_MAX, &err));
        CHECK_OK(err, dimse_server_options_set_element_callback(options, 8, see, &seen, seen_release, &err));
        new_desks();
        CHECK_OK(err, dimse_server_options_set_header_handler(
            options, 0, 0, NULL, desk_request, fronts, desk_release, &err));
        node_start(&node, options);
        assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
        request = begin(assoc, &sample, &listener);
        if (to_a_path) {
            CHECK_OK(err, dimse_request_accept_to_file(request, NULL, path.text, &err));
        } else {
            CHECK_OK(err, dimse_request_accept(request, NULL, &err));
        }
        dimse_request_free(request);
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(listener.status, 0xA700);
        CHECK(strstr(listener.comment, "nearly full") != NULL);
        node_release(assoc);
        stop();
        CHECK_SOON(seen_number(&seen, &seen.released) == 1);
        CHECK_IS(seen_number(&seen, &seen.elements), 0);
        CHECK_IS(folder_files(&folder), before);
    }
    sample_free(&sample);
}

static void into_code(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.90", 2000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    uint64_t before = node_counters(&node).instances_total;
    int holding;
    for (holding = 0; holding < 2; holding++) {
        struct sink sink;
        struct listener listener;
        dimse_sink *handle = NULL;
        dimse_error *err = NULL;
        dimse_request *request = begin(assoc, &sample, &listener);
        int resumed = 0;
        sink_init(&sink, &sample);
        sink.hold_at = holding ? 1 : 0;
        sink.hold_step = 100000;
        CHECK_OK(err, dimse_request_accept_to_sink(request, NULL, sink_write, sink_end, &sink, sink_release, &handle, &err));
        dimse_request_free(request);
        while (holding && !listener_is_done(&listener)) {
            if (sink_number(&sink, &sink.holds) > resumed) {
                resumed++;
                CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
            } else {
                sleep_ms(1);
            }
        }
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(listener.status, 0);
        CHECK(!holding || resumed > 2);
        CHECK(sink_has(&sink, &sample));
        /* Harmless now. */
        CHECK_IS(dimse_sink_resume(handle), DIMSE_OK);
        dimse_sink_free(handle);
        sink_expect_end(&sink, 1);
    }
    CHECK_IS(node_counters(&node).instances_total, before + 2);
    node_release(assoc);
    sample_free(&sample);
}

static void code_that_refuses(void) {
    static const struct {
        uint32_t at_write;
        uint32_t at_end;
        uint32_t status;
    } refusals[] = {
        {0xA700, 0, 0xA700},
        {0xC123, 0, 0xC123},
        {0, 0xA900, 0xA900},
        /* No failures: the fault is the program's. */
        {0xFF00, 0, 0xC000},
        {0xABCDE, 0, 0xC000},
        {0, 0xB000, 0xC000},
    };
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.91", 700000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < sizeof refusals / sizeof refusals[0]; index++) {
        struct sink sink;
        struct listener listener;
        dimse_request *request = begin(assoc, &sample, &listener);
        sink_init(&sink, &sample);
        sink.refuses_with = refusals[index].at_write;
        sink.ends_with = refusals[index].at_end;
        if (index == 0) {
            REFUSED("both functions are needed",
                dimse_request_accept_to_sink(request, NULL, sink_write, NULL, NULL, NULL, NULL, &err));
        }
        CHECK_OK(err, dimse_request_accept_to_sink(request, NULL, sink_write, sink_end, &sink, sink_release, NULL, &err));
        dimse_request_free(request);
        CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        CHECK_IS(listener.status, refusals[index].status);
        sink_expect_end(&sink, refusals[index].at_end != 0);
    }
    node_release(assoc);
    sample_free(&sample);
}

/* With a header handler and without one. */
static void elements_that_pass(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.93", 100000);
    int has_handler;
    for (has_handler = 0; has_handler < 2; has_handler++) {
        dimse_server_options *options = node_folder(&folder);
        struct seen seen;
        struct listener listener;
        dimse_assoc *assoc;
        dimse_error *err = NULL;
        seen_init(&seen);
        REFUSED("max_value_bytes", dimse_server_options_set_element_callback(
            options, UINT32_MAX, see, &seen, seen_release, &err));
        CHECK_IS(seen_number(&seen, &seen.released), 1);
        CHECK_OK(err, dimse_server_options_set_element_callback(options, 8, see, &seen, seen_release, &err));
        new_desks();
        if (has_handler) {
            CHECK_OK(err, dimse_server_options_set_header_handler(
                options, 0, 0, NULL, desk_request, fronts, desk_release, &err));
        }
        node_start(&node, options);
        assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
        if (has_handler) {
            dimse_request *request = begin(assoc, &sample, &listener);
            CHECK_IS(seen_number(&seen, &seen.elements), 0);
            CHECK_OK(err, dimse_request_accept(request, NULL, &err));
            dimse_request_free(request);
            CHECK_IS(listener_outcome(&listener), DIMSE_OK);
        } else {
            dimse_instance *instance = NULL;
            uint16_t status = 1;
            CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
            CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
            CHECK_IS(status, 0);
            dimse_instance_free(instance);
        }
        CHECK(seen_number(&seen, &seen.elements) > 3);
        CHECK_IS(seen_number(&seen, &seen.names), 1);
        CHECK_IS(seen_number(&seen, &seen.pixels), 1);
        node_release(assoc);
        node_stop(&node);
        CHECK_SOON(seen_number(&seen, &seen.released) == 2);
    }
    sample_free(&sample);
}
