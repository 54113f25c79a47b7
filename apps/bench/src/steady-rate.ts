/** Requests per second of the load at a fixed rate: what every server here can bear in every case. */
export const STEADY_RATE = 200;
