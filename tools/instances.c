/* stat and open are POSIX, not C99. */
#define _POSIX_C_SOURCE 200809L

#include "instances.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "exits.h"
#include "interrupt.h"
#include "walk.h"

/* The search: what it fills, and what became of it. */
struct search {
    struct instances *instances;
    dimse_assoc_options *options;
    const dimse_store_options *store_options;
    int is_quiet, code;
    uint64_t drawn_us;
};

static int can_be_used(const char *path);
static int is_folder(const char *path);
static void find_in_folder(struct search *search, const char *folder);
static int visit(enum walk_kind kind, const char *path, const char *why, void *context);
static int look_at(struct search *search, const char *path, int is_named);

int instances_find(struct instances *instances, const char *const *paths, dimse_assoc_options *options,
                   const dimse_store_options *store_options, int is_quiet)
{
    struct search search = {instances, options, store_options, is_quiet, EXIT_DONE, 0};

    /* Who has mistyped one path wants to know before the others are sent. */
    for (size_t i = 0; paths[i] != NULL; i++) {
        if (!can_be_used(paths[i]))
            search.code = EXIT_USAGE;
    }
    for (size_t i = 0; paths[i] != NULL && search.code == EXIT_DONE; i++) {
        if (is_folder(paths[i]))
            find_in_folder(&search, paths[i]);
        else
            look_at(&search, paths[i], 1);
    }
    terminal_clear();
    return search.code;
}

/* Only what lasts is looked at: nothing is read from a pipe twice. */
static int can_be_used(const char *path)
{
    struct stat status;
    int file;

    if (stat(path, &status) != 0) {
        terminal_error("%s cannot be used: %s", path, strerror(errno));
        return 0;
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        terminal_error("%s cannot be used: it is neither file nor folder", path);
        return 0;
    }
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        terminal_error("%s cannot be used: %s", path, strerror(errno));
        return 0;
    }
    close(file);
    return 1;
}

static int is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void find_in_folder(struct search *search, const char *folder)
{
    size_t paths = search->instances->paths.count, faults = search->instances->faults.count;

    if (walk_folder(folder, visit, search) && search->instances->paths.count == paths &&
        search->instances->faults.count == faults)
        text_list_print(&search->instances->faults, "%s: there is no DICOM file in this folder", folder);
}

static void leave_out(struct search *search, const char *path, const char *why)
{
    search->instances->left_out++;
    if (!search->is_quiet)
        terminal_note("left out: %s: %s", path, why);
}

static int ends_in(const char *path, const char *end)
{
    size_t length = strlen(path), end_length = strlen(end);

    return length >= end_length && strcmp(path + length - end_length, end) == 0;
}

/* The file of PS3.10 section 8.6 that tells what is on a medium; some systems write it small. */
static int is_directory_of_medium(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcasecmp(slash != NULL ? slash + 1 : path, "DICOMDIR") == 0;
}

static int visit(enum walk_kind kind, const char *path, const char *why, void *context)
{
    struct search *search = context;

    if (kind == WALK_UNREADABLE)
        text_list_print(&search->instances->faults, "%s cannot be read: %s", path, why);
    else if (kind == WALK_LEFT_OUT)
        leave_out(search, path, why);
    else if (is_directory_of_medium(path))
        leave_out(search, path, "it lists instances and is none");
    else if (ends_in(path, ".dimse-part"))
        leave_out(search, path, "it is what a node receives just now");
    else
        return look_at(search, path, 0);
    return 1;
}

static void draw(struct search *search)
{
    uint64_t now = clock_us();
    char text[80];

    if (search->is_quiet || !terminal_can_redraw() || now - search->drawn_us < 100000)
        return;
    search->drawn_us = now;
    snprintf(text, sizeof text, "looking at files: %llu", (unsigned long long)search->instances->paths.count);
    terminal_redraw(text);
}

/*
 * The file is closed again, and opened once more to be sent: what it is must be known before there is an association,
 * thousands of files are not held open until their turns come, and either opening is four calls. 0 ends the search:
 * `code` says why.
 */
static int look_at(struct search *search, const char *path, int is_named)
{
    dimse_instance *instance = NULL;
    dimse_error *error = NULL;
    dimse_result result = dimse_instance_from_file(path, &instance, &error);

    if (result == DIMSE_OK)
        result = dimse_assoc_options_add_contexts_for_instance(search->options, instance, search->store_options,
                                                               &error);
    dimse_instance_free(instance);
    switch (result) {
    case DIMSE_OK:
        text_list_add(&search->instances->paths, path);
        break;
    case DIMSE_ERR_INVALID_ARGUMENT:
        dimse_error_free(error);
        terminal_error("the files need more than 128 presentation contexts (SOP class and transfer syntax), and an "
                       "association can propose no more (PS3.8 9.3.2.2); there is no room for %s; store them in several "
                       "calls",
                       path);
        search->code = EXIT_USAGE;
        return 0;
    default:
        if (result == DIMSE_ERR_NO_INSTANCE && !is_named)
            leave_out(search, path, "it is no DICOM file");
        else
            text_list_print(&search->instances->faults, "%s", dimse_error_message(error).data);
        dimse_error_free(error);
    }
    draw(search);
    if (interrupt_count() > 0)
        search->code = EXIT_INTERRUPTED;
    return search->code == EXIT_DONE;
}

void instances_free(struct instances *instances)
{
    text_list_free(&instances->paths);
    text_list_free(&instances->faults);
    instances->left_out = 0;
}
