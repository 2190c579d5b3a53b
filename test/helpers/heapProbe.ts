// Run as a process of its own: prints how many bytes of heap the kernel's `process` used up over many blocks of notes.
import { clipMessage, makeKernel, noteMessage, trackedFeatures, trackedFormat } from './kernelRun.ts';

const [features] = trackedFeatures(1);
const kernel = makeKernel({ format: trackedFormat, playing: 'harmonic' });
const outputs = [new Float32Array(128), new Float32Array(128)];

let playedFrames = 0;

/** Half a second of sound with four overlapping notes, the messages outside of what is measured. */
function play(): number {
  kernel.receive(clipMessage(3, features));
  for (let i = 0; i < 4; i++) kernel.receive(noteMessage(3, { frame: playedFrames + 700 * i }));
  const before = process.memoryUsage().heapUsed;
  for (let block = 0; block < 188; block++) {
    kernel.process(outputs, playedFrames);
    playedFrames += 128;
  }
  return process.memoryUsage().heapUsed - before;
}

// The optimising compiler must have seen everything before numbers stop being boxed.
for (let round = 0; round < 25; round++) play();
const used: number[] = [];
for (let round = 0; round < 7; round++) {
  globalThis.gc?.();
  used.push(play());
}
used.sort((a, b) => a - b);
console.log(used[used.length >> 1]);
