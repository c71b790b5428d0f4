/* Every file below a folder, in one order: by name, folder by folder. */
#ifndef TOOLS_WALK_H
#define TOOLS_WALK_H

enum walk_kind {
    WALK_FILE,      /* a file, or a link to one */
    WALK_LEFT_OUT,  /* what has no bytes of its own, or a folder that was gone through already */
    WALK_UNREADABLE /* a folder or a link behind which files may be that nobody sees */
};

/* Gets what was found, and of the last two kinds why it is not a file. 0 ends the walk. */
typedef int (*walk_visit)(enum walk_kind kind, const char *path, const char *why, void *context);

/*
 * Goes through `folder`, hidden files and links included: a link may lead anywhere, also around in a circle, so each
 * folder is gone through once. 0 where `visit` has ended it.
 */
int walk_folder(const char *folder, walk_visit visit, void *context);

#endif
