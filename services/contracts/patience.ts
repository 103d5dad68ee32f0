/** Seconds that a command beside a stack waits for a part that is away: one that crashes again and again is started every 15 s. */
export const WAIT_S = 120
