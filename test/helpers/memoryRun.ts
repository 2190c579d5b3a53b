// Run as a process of its own with --expose-gc: plays 64 voices for some seconds of sound and prints the heap as it goes.
//
// Arguments: seconds of sound, and how often the heap is looked at. Prints a line of JSON for each look: see MemoryLook.
import { clipMessage, makeKernel, noteMessage, trackedFeatures, trackedFormat } from './kernelRun.ts';

/** What is in use after a collection. */
export interface MemoryLook {
  /** Seconds of sound played. */
  readonly seconds: number;
  readonly heapBytes: number;
  /** Memory of typed arrays and of WebAssembly. */
  readonly bufferBytes: number;
  readonly voices: number;
}

const contextRate = 48000;
const quantum = 128;
const maxVoices = 64;
const [seconds, looks] = process.argv.slice(2).map(Number);

const words = trackedFeatures(4);
const kernel = makeKernel({ format: trackedFormat, contextRate, maxVoices });
const output = [new Float32Array(quantum), new Float32Array(quantum)];
let frame = 0;
let noteId = 0;

/** Keeps all voices busy: every 6 ms a note that lasts for 0.4 s or more, now and then a newer clip, controls, noteOffs. */
function messagesOf(block: number): void {
  if (block % 2 === 0) {
    const note = {
      ...noteMessage(noteId % 4, { frame: frame + 7 }),
      noteId,
      speed: [0.5, 1, 2, -1][noteId % 4],
    };
    kernel.receive(note);
    kernel.receive({ type: 'control', noteId: noteId - 20, pitchRatio: 1.1, speed: 0.3 });
    kernel.receive({ type: 'noteOff', noteId: noteId - 40 });
    noteId++;
  }
  if (block % 100 === 0) kernel.receive(clipMessage(noteId % 4, words[(noteId >> 2) % 4], noteId));
}

const blocks = Math.ceil((seconds * contextRate) / quantum);
let done = 0;
for (let look = 0; look <= looks; look++) {
  // The first look comes after a tenth: compiled code and tables of the engine itself are no growth.
  const end = Math.round(blocks * (look === 0 ? 0.1 : 0.1 + (0.9 * look) / looks));
  for (; done < end; done++) {
    messagesOf(done);
    kernel.process(output, frame);
    frame += quantum;
  }
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const found: MemoryLook = {
    seconds: frame / contextRate,
    heapBytes: heapUsed,
    bufferBytes: external,
    voices: kernel.status().activeVoices,
  };
  console.log(JSON.stringify(found));
}
