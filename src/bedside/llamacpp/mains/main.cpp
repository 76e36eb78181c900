// The main function of each of llama.cpp's programs as bedside builds them.
//
// llama.cpp prints through a logger with a thread of its own and ends without waiting for it, so that the last
// lines, often the result, are lost. This one waits.

#include "log.h"

int TOOL_ENTRY(int argc, char ** argv);

int main(int argc, char ** argv) {
    const int status = TOOL_ENTRY(argc, argv);
    common_log_flush(common_log_main());
    return status;
}
