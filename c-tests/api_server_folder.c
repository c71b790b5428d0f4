/* The folder of dimse_server_options: what is refused at its setters and at the start, what a server with one accepts,
 * where files go, and what happens to those that are there. */
#include "check.h"

#include "moment.h"
#include "node.h"
#include "sample.h"

static void setters(void);
static void folders_that_cannot_be_used(void);
static void what_is_accepted(void);
static void where_files_go(void);
static void files_that_are_there(void);
static void how_safe_they_are(void);
static void no_space(void);

int main(void) {
    setters();
    folders_that_cannot_be_used();
    what_is_accepted();
    where_files_go();
    files_that_are_there();
    how_safe_they_are();
    no_space();
    CHECK_IS(dimse_runtime_shutdown(NULL, 0), DIMSE_OK);
    return 0;
}

#define REFUSED(words, call) CHECK_REFUSED(err, DIMSE_ERR_INVALID_ARGUMENT, words, call)

static void setters(void) {
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    REFUSED("folder is NULL", dimse_server_options_set_folder(options, NULL, NULL, &err));
    REFUSED("folder: empty", dimse_server_options_set_folder(options, "", NULL, &err));
    REFUSED("absolute", dimse_server_options_set_folder(options, "a", "/{instance}", &err));
    REFUSED("../{instance}", dimse_server_options_set_folder(options, "a", "../{instance}", &err));
    REFUSED("lacks {instance}", dimse_server_options_set_folder(options, "a", "{study}", &err));
    REFUSED("path_template is not UTF-8", dimse_server_options_set_folder(options, "a", "\xFF{instance}", &err));
    REFUSED("collision: 3", dimse_server_options_set_folder_collision(options, 3, &err));
    REFUSED("sync: 3", dimse_server_options_set_folder_sync(options, 3, &err));
    CHECK_OK(err, dimse_server_options_set_folder_free_space_floor_bytes(options, UINT64_MAX, &err));
    dimse_server_options_free(options);
}

static void refused_at_the_start(const char *path, const char *words) {
    dimse_server_options *options = node_options();
    dimse_server *server = NULL;
    dimse_error *err = NULL;
    CHECK_OK(err, dimse_server_options_set_folder(options, path, NULL, &err));
    CHECK_REFUSED(err, DIMSE_ERR_IO, words, dimse_server_start(NULL, options, &server, &err));
    dimse_server_options_free(options);
}

static void folders_that_cannot_be_used(void) {
    struct folder folder;
    struct path file;
    folder_make(&folder);
    file = folder_path(&folder, "file");
    file_write(file.text, (const uint8_t *)"x", 1);
    refused_at_the_start("/nowhere/at/all", "/nowhere/at/all");
    refused_at_the_start(file.text, "cannot be used");
    folder_remove(&folder);
}

/* What became of each proposed context. */
static void expect_contexts(uint16_t port, const char *const *classes, const uint32_t *results, size_t count) {
    dimse_assoc_options *options = node_caller(port);
    const char *jpeg = "1.2.840.10008.1.2.4.50";
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    size_t index;
    for (index = 0; index < count; index++) {
        int is_image = index > 0;
        CHECK_OK(err, dimse_assoc_options_add_context(options, classes[index], &jpeg, is_image ? 1 : 0, &err));
    }
    CHECK_OK(err, dimse_assoc_open(NULL, options, &assoc, &err));
    for (index = 0; index < count; index++) {
        dimse_context context;
        memset(&context, 0, sizeof context);
        context.struct_size = sizeof context;
        CHECK_IS(dimse_assoc_context(assoc, index, &context), DIMSE_OK);
        CHECK_TEXT(context.abstract_syntax, classes[index]);
        CHECK_IS(context.result, results[index]);
    }
    dimse_assoc_options_free(options);
    node_release(assoc);
}

/* Whatever the peer prefers. */
static void the_order_is_that_of_the_server(const struct folder *folder) {
    const char *ours[] = {"1.2.840.10008.1.2.5", "1.2.840.10008.1.2", EXPLICIT_VR_LITTLE_ENDIAN};
    const char *theirs[] = {EXPLICIT_VR_LITTLE_ENDIAN, "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2"};
    dimse_server_options *options = node_folder(folder);
    dimse_assoc_options *caller;
    dimse_assoc *assoc = NULL;
    dimse_error *err = NULL;
    dimse_context context;
    struct node node;
    CHECK_OK(err, dimse_server_options_set_storage_syntaxes(options, ours, 3, &err));
    node_start(&node, options);
    caller = node_caller(node.port);
    CHECK_OK(err, dimse_assoc_options_add_context(caller, CT_IMAGE_STORAGE, theirs, 3, &err));
    CHECK_OK(err, dimse_assoc_open(NULL, caller, &assoc, &err));
    memset(&context, 0, sizeof context);
    context.struct_size = sizeof context;
    CHECK_IS(dimse_assoc_context(assoc, 0, &context), DIMSE_OK);
    CHECK_TEXT(context.transfer_syntax, "1.2.840.10008.1.2");
    dimse_assoc_options_free(caller);
    node_release(assoc);
    node_stop(&node);
}

/* Whether transfer syntaxes are said or not, the same classes are taken. */
static void with_and_without_syntaxes(const struct folder *folder, const char *const *classes, size_t many) {
    /* The class that is added beside Verification, and what becomes then of what is proposed in JPEG alone: 4 is a known class. */
    static const struct {
        const char *added;
        uint32_t any[9], uncompressed[9];
    } cases[] = {
        {VERIFICATION, {0, 0, 0, 0, 3, 3, 3, 3, 3}, {0, 4, 4, 4, 3, 3, 3, 3, 3}},
        {CT_IMAGE_STORAGE, {0, 4, 3, 3, 3, 3, 3, 3, 3}, {0, 4, 3, 3, 3, 3, 3, 3, 3}},
        {"1.2.840.10008.5.1.4.1.2.2.1", {0, 0, 0, 0, 4, 3, 3, 3, 3}, {0, 4, 4, 4, 4, 3, 3, 3, 3}},
    };
    const char *syntax = EXPLICIT_VR_LITTLE_ENDIAN;
    size_t index;
    for (index = 0; index < 3 * sizeof cases / sizeof cases[0]; index++) {
        dimse_server_options *options = node_folder(folder);
        size_t which = index / 3, said = index % 3;
        dimse_error *err = NULL;
        struct node node;
        CHECK_OK(err, dimse_server_options_add_context(options, VERIFICATION, NULL, 0, &err));
        CHECK_OK(err, dimse_server_options_add_context(options, cases[which].added, NULL, 0, &err));
        if (said > 0) {
            CHECK_OK(err, dimse_server_options_set_storage_syntaxes(options, &syntax, said - 1, &err));
        }
        node_start(&node, options);
        expect_contexts(node.port, classes, said == 2 ? cases[which].uncompressed : cases[which].any, many);
        node_stop(&node);
    }
}

/* Verification; what may be stored, in any transfer syntax, private classes too; nothing of other services. */
static void what_is_accepted(void) {
    static const char *const classes[] = {VERIFICATION, CT_IMAGE_STORAGE, "1.2.3.4.5.6", "1.2.840.10008.5.1.4.38.1",
        "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2", "1.2.840.10008.5.1.4.31", "1.2.840.10008.1.20.1",
        "1.2.840.10008.3.1.2.3.3"};
    static const uint32_t with_folder[] = {0, 0, 0, 0, 3, 3, 3, 3, 3};
    /* Uncompressed alone, where it is proposed in JPEG. */
    static const uint32_t listed[] = {0, 4, 3, 3, 3, 3, 3, 3, 3};
    static const uint32_t without[] = {0, 3, 3, 3, 3, 3, 3, 3, 3};
    static const uint32_t not_in_jpeg[] = {0, 4, 4, 4, 3, 3, 3, 3, 3};
    const char *uncompressed = EXPLICIT_VR_LITTLE_ENDIAN, *none = "none";
    size_t many = sizeof classes / sizeof classes[0];
    struct folder folder;
    struct node node;
    dimse_server_options *options;
    dimse_error *err = NULL;
    folder_make(&folder);
    node_start(&node, node_folder(&folder));
    expect_contexts(node.port, classes, with_folder, many);
    node_stop(&node);
    node_start(&node, NULL);
    expect_contexts(node.port, classes, without, many);
    node_stop(&node);
    /* Who says which classes of storage are accepted, says all of them. */
    options = node_folder(&folder);
    CHECK_OK(err, dimse_server_options_add_context(options, CT_IMAGE_STORAGE, NULL, 0, &err));
    CHECK_OK(err, dimse_server_options_add_context(options, VERIFICATION, NULL, 0, &err));
    node_start(&node, options);
    expect_contexts(node.port, classes, listed, many);
    node_stop(&node);
    /* Storage of any class, but not in JPEG. */
    options = node_folder(&folder);
    CHECK_OK(err, dimse_server_options_set_storage_syntaxes(options, &uncompressed, 1, &err));
    REFUSED("transfer_syntaxes[0]", dimse_server_options_set_storage_syntaxes(options, &none, 1, &err));
    node_start(&node, options);
    expect_contexts(node.port, classes, not_in_jpeg, many);
    node_stop(&node);
    with_and_without_syntaxes(&folder, classes, many);
    the_order_is_that_of_the_server(&folder);
    folder_remove(&folder);
}

/* Stores an instance with so many bytes of pixels, and says the status. */
static uint16_t store(uint16_t port, const char *sop_instance, size_t pixels) {
    struct sample sample = sample_make(CT_IMAGE_STORAGE, sop_instance, pixels);
    dimse_instance *instance = NULL;
    dimse_assoc *assoc = node_open_for(port, CT_IMAGE_STORAGE);
    dimse_error *err = NULL;
    uint16_t status = 0xFFFFu;
    CHECK_OK(err, dimse_instance_from_bytes(sample.bytes, sample.length, &instance, &err));
    CHECK_OK(err, dimse_assoc_store(assoc, instance, NULL, NULL, NULL, &status, &err));
    dimse_instance_free(instance);
    node_release(assoc);
    sample_free(&sample);
    return status;
}

static void where_files_go(void) {
    struct folder folder;
    struct node node;
    struct path below;
    dimse_server_options *options = node_options();
    dimse_error *err = NULL;
    folder_make(&folder);
    below = folder_path(&folder, "made");
    CHECK_OK(err, dimse_server_options_set_folder(options, below.text, "of {calling}/{modality}_{instance}", &err));
    node_start(&node, options);
    CHECK_IS(store(node.port, "1.2.3.70", 100), 0);
    CHECK(file_length(folder_path(&folder, "made/of DIMSE/CT_1.2.3.70").text) > 100);
    node_stop(&node);
    folder_remove(&folder);
}

static void files_that_are_there(void) {
    static const uint32_t ways[] = {DIMSE_COLLISION_REPLACE, DIMSE_COLLISION_KEEP, DIMSE_COLLISION_NUMBER};
    size_t index;
    for (index = 0; index < 3; index++) {
        struct folder folder;
        struct node node;
        dimse_server_options *options;
        dimse_error *err = NULL;
        struct path plain, numbered;
        long first;
        folder_make(&folder);
        options = node_options();
        CHECK_OK(err, dimse_server_options_set_folder_collision(options, ways[index], &err));
        CHECK_OK(err, dimse_server_options_set_folder(options, folder.path, "{instance}.dcm", &err));
        node_start(&node, options);
        plain = folder_path(&folder, "1.2.3.71.dcm");
        numbered = folder_path(&folder, "1.2.3.71_1.dcm");
        CHECK_IS(store(node.port, "1.2.3.71", 100), 0);
        first = file_length(plain.text);
        CHECK_IS(store(node.port, "1.2.3.71", 200), 0);
        CHECK_IS(file_length(plain.text), ways[index] == DIMSE_COLLISION_REPLACE ? first + 100 : first);
        CHECK_IS(file_length(numbered.text), ways[index] == DIMSE_COLLISION_NUMBER ? first + 100 : -1);
        node_stop(&node);
        folder_remove(&folder);
    }
}

static void how_safe_they_are(void) {
    uint32_t sync;
    for (sync = DIMSE_SYNC_NONE; sync <= DIMSE_SYNC_FULL; sync++) {
        struct folder folder;
        struct node node;
        dimse_server_options *options;
        dimse_error *err = NULL;
        folder_make(&folder);
        options = node_folder(&folder);
        CHECK_OK(err, dimse_server_options_set_folder_sync(options, sync, &err));
        node_start(&node, options);
        CHECK_IS(store(node.port, "1.2.3.72", 100000), 0);
        CHECK_SOON(folder_files(&folder) == 1);
        node_stop(&node);
        folder_remove(&folder);
    }
}

static void no_space(void) {
    struct folder folder;
    struct node node;
    dimse_server_options *options;
    dimse_error *err = NULL;
    folder_make(&folder);
    options = node_folder(&folder);
    CHECK_OK(err, dimse_server_options_set_folder_free_space_floor_bytes(options, UINT64_MAX, &err));
    node_start(&node, options);
    CHECK_IS(store(node.port, "1.2.3.73", 100), 0xA700);
    CHECK_IS(store(node.port, "1.2.3.73", 3000000), 0xA700);
    CHECK_SOON(folder_files(&folder) == 0);
    node_stop(&node);
    folder_remove(&folder);
}
