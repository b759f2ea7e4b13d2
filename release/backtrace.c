/* Whether the unwinder that release/musl.sh puts together finds its way up: a panic has to. */
#include <stdio.h>
#include <unwind.h>

static int frames;

static _Unwind_Reason_Code count(struct _Unwind_Context *context, void *unused) {
    (void)context;
    (void)unused;
    frames++;
    return _URC_NO_REASON;
}

__attribute__((noinline)) static int descend(int levels) {
    int below = 0;
    if (levels > 0)
        below = descend(levels - 1);
    else
        _Unwind_Backtrace(count, NULL);
    /* No call of the last line, which would leave no frame. */
    __asm__ volatile("");
    return below + 1;
}

int main(void) {
    int levels = descend(10);
    printf("%d frames of %d found\n", frames, levels);
    return frames < levels;
}
