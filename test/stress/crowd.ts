// How many programs want the machine's cores: what is promised of times is promised where a program gets a core when it wants one.
import { availableParallelism, loadavg } from 'node:os';

/** A page, its sound and what a trial does to it keep so many for each of two cores busy. */
const ownPrograms = 2;

/** Programs that want each core, over the last minute. */
export const programsPerCore = (): number => loadavg()[0] / availableParallelism();

/** By how much longer things take where there are more programs than those of a trial; 1 where there are not. */
export const crowdOf = (): number => Math.max(1, programsPerCore() / ownPrograms);
