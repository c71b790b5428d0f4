#include "transfer_syntax.h"

#include <ctype.h>
#include <stddef.h>

#include "options.h"

/* PS3.6 table A-1; and before its keyword changed. */
static const struct {
    const char *keyword, *uid;
} known[] = {
    {"ImplicitVRLittleEndian", "1.2.840.10008.1.2"},
    {"ExplicitVRLittleEndian", "1.2.840.10008.1.2.1"},
    {"EncapsulatedUncompressedExplicitVRLittleEndian", "1.2.840.10008.1.2.1.98"},
    {"DeflatedExplicitVRLittleEndian", "1.2.840.10008.1.2.1.99"},
    {"ExplicitVRBigEndian", "1.2.840.10008.1.2.2"},
    {"JPEGBaseline8Bit", "1.2.840.10008.1.2.4.50"},
    {"JPEGBaseline", "1.2.840.10008.1.2.4.50"},
    {"JPEGExtended12Bit", "1.2.840.10008.1.2.4.51"},
    {"JPEGExtended", "1.2.840.10008.1.2.4.51"},
    {"JPEGLossless", "1.2.840.10008.1.2.4.57"},
    {"JPEGLosslessSV1", "1.2.840.10008.1.2.4.70"},
    {"JPEGLSLossless", "1.2.840.10008.1.2.4.80"},
    {"JPEGLSNearLossless", "1.2.840.10008.1.2.4.81"},
    {"JPEG2000Lossless", "1.2.840.10008.1.2.4.90"},
    {"JPEG2000", "1.2.840.10008.1.2.4.91"},
    {"JPEG2000MCLossless", "1.2.840.10008.1.2.4.92"},
    {"JPEG2000MC", "1.2.840.10008.1.2.4.93"},
    {"JPIPReferenced", "1.2.840.10008.1.2.4.94"},
    {"JPIPReferencedDeflate", "1.2.840.10008.1.2.4.95"},
    {"MPEG2MPML", "1.2.840.10008.1.2.4.100"},
    {"MPEG2MPHL", "1.2.840.10008.1.2.4.101"},
    {"MPEG4HP41", "1.2.840.10008.1.2.4.102"},
    {"MPEG4HP41BD", "1.2.840.10008.1.2.4.103"},
    {"MPEG4HP422D", "1.2.840.10008.1.2.4.104"},
    {"MPEG4HP423D", "1.2.840.10008.1.2.4.105"},
    {"MPEG4HP42STEREO", "1.2.840.10008.1.2.4.106"},
    {"HEVCMP51", "1.2.840.10008.1.2.4.107"},
    {"HEVCM10P51", "1.2.840.10008.1.2.4.108"},
    {"JPEGXLLossless", "1.2.840.10008.1.2.4.110"},
    {"JPEGXLJPEGRecompression", "1.2.840.10008.1.2.4.111"},
    {"JPEGXL", "1.2.840.10008.1.2.4.112"},
    {"HTJ2KLossless", "1.2.840.10008.1.2.4.201"},
    {"HTJ2KLosslessRPCL", "1.2.840.10008.1.2.4.202"},
    {"HTJ2K", "1.2.840.10008.1.2.4.203"},
    {"RLELossless", "1.2.840.10008.1.2.5"},
};

/* The next character that counts, small. */
static int next(const char **text)
{
    while (**text == ' ' || **text == '-' || **text == '_')
        *text += 1;
    return **text != '\0' ? tolower((unsigned char)*(*text)++) : 0;
}

static int is_same(const char *one, const char *other)
{
    int a, b;

    do {
        a = next(&one);
        b = next(&other);
    } while (a == b && a != 0);
    return a == b;
}

static const char *keyword(size_t index, const void *context)
{
    (void)context;
    return known[index].keyword;
}

const char *transfer_syntax_uid(const char *given, const char **nearest)
{
    *nearest = NULL;
    /* Whether it is a UID the library knows. */
    if (given[0] >= '0' && given[0] <= '9')
        return given;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (is_same(given, known[i].keyword))
            return known[i].uid;
    }
    *nearest = options_nearest(given, keyword, NULL, COUNT_OF(known));
    return NULL;
}
