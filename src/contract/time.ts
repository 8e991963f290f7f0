declare const unit: unique symbol;

/**
 * The three clocks, and spans that are shown, told apart by the compiler and by nothing else: each is a number as it runs. A plain number is
 * taken for any of them, since literals and sums have no clock; what comes from one clock is refused by another.
 * Spans that a config gives are plain numbers of milliseconds.
 */

/** Of the monotonic clock, whose beginning means nothing: a point, or the span between two. */
export type Nanoseconds = number & { readonly [unit]?: "monotonic nanoseconds" };

/** A span as it is shown to people and programs, of no clock. */
export type Milliseconds = number & { readonly [unit]?: "milliseconds" };

/** A point of the wheel's coarse clock, which is the monotonic one in milliseconds; 0 = never, or none. */
export type WheelMilliseconds = number & { readonly [unit]?: "wheel milliseconds" };

/** A point of the wall clock: milliseconds since 1970. It jumps when somebody sets it. */
export type EpochMilliseconds = number & { readonly [unit]?: "milliseconds since the epoch" };
