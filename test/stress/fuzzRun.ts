// A process of its own for the fuzzing of one reader: so that time and memory are measured of nothing else, and a case that never
// ends can be ended. Prints a line of JSON every second and at the end.
import { Draws } from '../helpers/fuzz.ts';
import { faultOfAccepted, faultOfError, fuzzedReaders } from '../helpers/fuzzedReaders.ts';

/** What is printed. */
export interface FuzzReport {
  readonly done: number;
  readonly accepted: number;
  readonly refused: number;
  /** Processor time of the slowest case, or its time by the clock where that is less. */
  readonly slowestMs: number;
  /** Seed of the slowest case. */
  readonly slowestSeed: number;
  /** Most memory of the process beyond what it had before the first case, in MB. */
  readonly peakMegabytes: number;
  readonly faults: readonly string[];
}

const [kind, count, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const read = fuzzedReaders[kind];
const peakKilobytes = (): number => process.resourceUsage().maxRSS;
const before = peakKilobytes();
let [accepted, refused, slowestMs, slowestSeed] = [0, 0, 0, 0];
const faults: string[] = [];
const told = (done: number): void => {
  const peakMegabytes = ((peakKilobytes() - before) * 1024) / 1e6;
  const report: FuzzReport = { done, accepted, refused, slowestMs, slowestSeed, peakMegabytes, faults };
  process.stdout.write(`${JSON.stringify(report)}\n`);
};

let lastTold = performance.now();
for (let k = 0; k < count; k++) {
  const caseSeed = 1_000_003 * seed + k;
  const run = read(new Draws(caseSeed));
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  let fault: string | null;
  try {
    const value = await run();
    accepted++;
    fault = faultOfAccepted(value);
  } catch (error) {
    refused++;
    fault = faultOfError(error);
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  // What other programs took is none of the case's; what it waited for is in neither, and silence ends that.
  const took = Math.min(performance.now() - began, (user + system) / 1000);
  if (took > slowestMs) [slowestMs, slowestSeed] = [took, caseSeed];
  if (fault !== null && faults.length < 20) faults.push(`seed ${caseSeed} ${fault}`);
  if (performance.now() - lastTold > 1000) {
    told(k + 1);
    lastTold = performance.now();
  }
}
told(count);
