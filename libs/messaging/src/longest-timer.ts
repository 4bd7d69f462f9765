/** Node runs a timer that is set for longer after one millisecond. */
export const LONGEST_TIMER_MS = 2_147_483_647;
