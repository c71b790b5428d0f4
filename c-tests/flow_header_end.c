/* The front of an instance that a header handler gets: why it is no longer, what is not understood of it, what cannot be
 * changed in it, and how much of all fronts a server holds. */
#include "check.h"

#include "desk.h"
#include "listener.h"
#include "moment.h"
#include "node.h"
#include "sample.h"

static struct folder folder;
static struct node node;
/* New ones for each server, since the last one's may just be given back. */
static struct desk desks[4];
static struct desk *fronts = desks;

static void start(uint32_t max_bytes, uint64_t max_undecided_bytes);
static void stop(void);
static void all_of_it(void);
static void up_to_pixels_of_every_kind(void);
static void what_is_not_reached(void);
static void what_is_not_understood(void);
static void more_than_is_held(void);

int main(void) {
    folder_make(&folder);
    start(DIMSE_DEFAULT, DIMSE_DEFAULT);
    all_of_it();
    up_to_pixels_of_every_kind();
    what_is_not_reached();
    what_is_not_understood();
    stop();
    start(1000000, 1500000);
    more_than_is_held();
    stop();
    folder_remove(&folder);
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

static void start(uint32_t max_bytes, uint64_t max_undecided_bytes) {
    dimse_server_options *options = node_folder(&folder);
    dimse_error *err = NULL;
    desk_init(fronts);
    CHECK_OK(err, dimse_server_options_set_header_handler(
        options, 0, max_bytes, NULL, desk_request, fronts, desk_release, &err));
    CHECK_OK(err, dimse_server_options_set_max_undecided_bytes(options, max_undecided_bytes, &err));
    node_start(&node, options);
}

static void stop(void) {
    CHECK_EMPTY(&node);
    node_stop(&node);
    CHECK_SOON(desk_releases(fronts) == 1);
    CHECK_IS(desk_waiting(fronts), 0);
    fronts++;
}

/* A sample whose last element is not its pixels: another tag, and another VR whose length has a field of its own. */
static struct sample sample_ending_in(uint32_t tag, const char *vr, const char *uid, size_t bytes) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, uid, bytes);
    uint8_t *last = sample.bytes + sample.length - bytes - 12;
    last[0] = (uint8_t)(tag >> 16);
    last[1] = (uint8_t)(tag >> 24);
    last[2] = (uint8_t)tag;
    last[3] = (uint8_t)(tag >> 8);
    memcpy(last + 4, vr, 2);
    return sample;
}

/* Its front, which ends so. */
static dimse_request *begin(
    dimse_assoc *assoc, const struct sample *sample, struct listener *listener, uint32_t end, uint32_t next_tag) {
    dimse_request *request;
    dimse_error *err = NULL;
    uint32_t came_end = 99, came_tag = 99;
    sample_store(sample, assoc, listener);
    request = desk_take_request(fronts);
    CHECK_OK(err, dimse_request_header_end(request, &came_end, &came_tag, &err));
    CHECK_IS(came_end, end);
    CHECK_IS(came_tag, next_tag);
    CHECK_OK(err, dimse_request_header_end(request, &came_end, NULL, &err));
    return request;
}

static dimse_dataset *header_of(const dimse_request *request) {
    dimse_dataset *header = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_request_header(request, &header, &err));
    return header;
}

/* Lets it in with this header; the answer is success. */
static void take(dimse_request *request, dimse_dataset *header, struct listener *listener) {
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_request_accept(request, header, &err));
    dimse_dataset_free(header);
    dimse_request_free(request);
    CHECK_IS(listener_outcome(listener), DIMSE_OK);
    CHECK_IS(listener->status, 0);
}

static void all_of_it(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.10", 0);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_request *request;
    dimse_dataset *header;
    dimse_error *err = NULL;
    sample.length -= 12;
    request = begin(assoc, &sample, &listener, DIMSE_HEADER_ALL, 0);
    header = header_of(request);
    /* No text comes behind. */
    CHECK_OK(err, dimse_dataset_set_string(header, "SpecificCharacterSet", 0, "ISO_IR 192", &err));
    take(request, header, &listener);
    node_release(assoc);
    sample_free(&sample);
}

static void up_to_pixels_of_every_kind(void) {
    static const uint32_t tags[] = {0x7FE00001u, 0x7FE00008u, 0x7FE00009u, 0x7FE00010u};
    static const char *const vrs[] = {"OV", "OF", "OD", "OW"};
    static const char *const uids[] = {"1.2.3.20", "1.2.3.21", "1.2.3.22", "1.2.3.23"};
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    size_t index;
    for (index = 0; index < 4; index++) {
        struct sample sample = sample_ending_in(tags[index], vrs[index], uids[index], 64000);
        struct listener listener;
        dimse_request *request = begin(assoc, &sample, &listener, DIMSE_HEADER_BEFORE, tags[index]);
        dimse_dataset *header = header_of(request);
        dimse_element element;
        dimse_error *err = NULL;
        memset(&element, 0, sizeof element);
        element.struct_size = sizeof element;
        CHECK_IS(dimse_dataset_next(header, 0x0020000Eu, &element, NULL), DIMSE_ABSENT);
        CHECK_OK(err, dimse_dataset_set_string(header, "SpecificCharacterSet", 0, "ISO_IR 192", &err));
        take(request, header, &listener);
        sample_free(&sample);
    }
    node_release(assoc);
}

static void what_is_not_reached(void) {
    struct sample sample = sample_ending_in(0x00291001u, "UN", "1.2.3.30", 2000000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    dimse_request *request = begin(assoc, &sample, &listener, DIMSE_HEADER_MAX_BYTES, 0x00291001u);
    dimse_dataset *header = header_of(request);
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_dataset_set_string(header, "InstitutionName", 0, "A hospital", &err));
    /* Text behind would be in bytes of another character set than the header says. */
    CHECK_OK(err, dimse_dataset_set_string(header, "SpecificCharacterSet", 0, "ISO_IR 192", &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(0008,0005) cannot be changed in front of (0029,1001)",
        dimse_request_accept(request, header, &err));
    CHECK_OK(err, dimse_dataset_remove(header, "SpecificCharacterSet", &err));
    CHECK_OK(err, dimse_dataset_set_string(header, "StudyStatusID", 0, "READ", &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(0032,000A) cannot be put in front of (0029,1001)",
        dimse_request_accept(request, header, &err));
    CHECK_OK(err, dimse_dataset_remove(header, "StudyStatusID", &err));
    take(request, header, &listener);
    node_release(assoc);
    sample_free(&sample);
}

static void what_is_not_understood(void) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, "1.2.3.40", 64000);
    dimse_assoc *assoc = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener listener;
    struct path path = folder_path(&folder, "unreadable.dcm");
    dimse_request *request;
    dimse_dataset *header = NULL;
    dimse_error *err = NULL;
    size_t at = sample.header;
    while (memcmp(sample.bytes + at, "\x08\0\x60\0CS", 6) != 0) {
        at++;
    }
    memcpy(sample.bytes + at + 4, "\x01\x02", 2);
    request = begin(assoc, &sample, &listener, DIMSE_HEADER_UNREADABLE, 0x00080060u);
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(0008,0060) has a VR that does not exist",
        dimse_request_header(request, &header, &err));
    CHECK_OK(err, dimse_dataset_new(&header, &err));
    CHECK_REFUSED(err, DIMSE_ERR_DATASET, "(0008,0060) has a VR", dimse_request_accept(request, header, &err));
    dimse_dataset_free(header);
    /* As it comes it can be taken. */
    CHECK_OK(err, dimse_request_accept_to_file(request, NULL, path.text, &err));
    CHECK_IS(dimse_request_header_end(request, NULL, NULL, NULL), DIMSE_ERR_INVALID_ARGUMENT);
    dimse_request_free(request);
    CHECK_IS(listener_outcome(&listener), DIMSE_OK);
    CHECK_IS(listener.status, 0);
    CHECK(file_has_data_set(path.text, &sample));
    node_release(assoc);
    sample_free(&sample);
}

/* Two fronts of 900,000 bytes do not fit. */
static void more_than_is_held(void) {
    struct sample sample = sample_ending_in(0x00291001u, "UN", "1.2.3.50", 900000);
    dimse_assoc *one = node_open_for(node.port, CT_IMAGE_STORAGE);
    dimse_assoc *other = node_open_for(node.port, CT_IMAGE_STORAGE);
    struct listener first, second;
    dimse_request *request = begin(one, &sample, &first, DIMSE_HEADER_ALL, 0);
    sample_store(&sample, other, &second);
    CHECK_IS(listener_outcome(&second), DIMSE_OK);
    CHECK_IS(second.status, 0xA700);
    CHECK(strstr(second.comment, "undecided") != NULL);
    CHECK_IS(desk_waiting(fronts), 0);
    take(request, NULL, &first);
    /* There is room again, and the association goes on. */
    take(begin(other, &sample, &second, DIMSE_HEADER_ALL, 0), NULL, &second);
    node_release(one);
    node_release(other);
    sample_free(&sample);
}
