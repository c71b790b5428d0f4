/* scandir and tsearch are of X/Open, not C99. */
#define _XOPEN_SOURCE 700

#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct folder_id {
    dev_t device;
    ino_t inode;
};

struct walk {
    walk_visit visit;
    void *context;
    void *seen; /* a search tree of folder_id */
};

static int enter(struct walk *walk, const char *folder);
static int look_at(struct walk *walk, const char *path);
static int is_new(struct walk *walk, const struct stat *status);
static void forget(struct walk *walk);

int walk_folder(const char *folder, walk_visit visit, void *context)
{
    struct walk walk = {visit, context, NULL};
    int goes_on = look_at(&walk, folder);

    forget(&walk);
    return goes_on;
}

static char *joined(const char *folder, const char *name)
{
    size_t length = strlen(folder), size = length + strlen(name) + 2;
    char *path = malloc(size);

    if (path != NULL)
        snprintf(path, size, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name);
    return path;
}

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int enter(struct walk *walk, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_entry, alphasort);
    int goes_on = 1;

    if (count < 0)
        return walk->visit(WALK_UNREADABLE, folder, strerror(errno), walk->context);
    for (int i = 0; i < count; i++) {
        if (goes_on) {
            char *path = joined(folder, entries[i]->d_name);

            goes_on = path != NULL ? look_at(walk, path)
                                   : walk->visit(WALK_UNREADABLE, folder, strerror(errno), walk->context);
            free(path);
        }
        free(entries[i]);
    }
    free(entries);
    return goes_on;
}

static int look_at(struct walk *walk, const char *path)
{
    struct stat status;

    /* A link is what it leads to. */
    if (stat(path, &status) != 0)
        return walk->visit(WALK_UNREADABLE, path, strerror(errno), walk->context);
    if (S_ISREG(status.st_mode))
        return walk->visit(WALK_FILE, path, NULL, walk->context);
    if (!S_ISDIR(status.st_mode))
        return walk->visit(WALK_LEFT_OUT, path, "it is neither file nor folder", walk->context);
    if (!is_new(walk, &status))
        return walk->visit(WALK_LEFT_OUT, path, "it leads to a folder that was gone through before", walk->context);
    return enter(walk, path);
}

static int compare(const void *one, const void *other)
{
    const struct folder_id *a = one, *b = other;

    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return a->device < b->device ? -1 : a->device > b->device;
}

/* Remembers the folder. Without memory for that it is taken for new: the depth of paths has an end anyway. */
static int is_new(struct walk *walk, const struct stat *status)
{
    struct folder_id *id = malloc(sizeof *id), **found;

    if (id == NULL)
        return 1;
    id->device = status->st_dev;
    id->inode = status->st_ino;
    found = tsearch(id, &walk->seen, compare);
    if (found != NULL && *found == id)
        return 1;
    free(id);
    return found == NULL;
}

static void forget(struct walk *walk)
{
    while (walk->seen != NULL) {
        struct folder_id *id = *(struct folder_id **)walk->seen;

        tdelete(id, &walk->seen, compare);
        free(id);
    }
}
