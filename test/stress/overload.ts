// Overload: a chord of 64 in one block, and 64 voices with every effect while a core is kept busy, beside a worklet that does next to nothing.
import { effortLadder } from '../../src/worklet/loadGovernor.ts';
import { liveSetting } from '../../src/dsp/phaseEngine.ts';
import { effectAmountIds } from '../../src/output/effects/effectParameters.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  trackedFeatures,
  trackedFormat,
} from '../helpers/kernelRun.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { crowdOf, programsPerCore } from './crowd.ts';
import { openStressPage, type StressWindow } from './stressPage.ts';
import { atMost, figure, isSo, type Finding, type TrialSetting } from './trial.ts';

const contextRate = 48_000;
const quantum = 128;
const voices = 64;
/** Repetitions of the chord; of each quantum the shortest counts, since other work on the machine only adds. */
const rounds = 12;
const seconds = { full: 60, quick: 8 };

declare const window: StressWindow & { control: AudioContext };
/** What Chromium tells of a context's dropouts. */
type Watched = AudioContext & { readonly playbackStats?: { readonly underrunEvents: number } };

/** Share of its time that each quantum of a chord takes. */
function chordShares(): number[] {
  const kernel = makeKernel({ format: trackedFormat, maxVoices: voices });
  kernel.warmUp();
  trackedFeatures(8).forEach((features, slot) => kernel.receive(clipMessage(slot, features)));
  const block = [new Float32Array(quantum), new Float32Array(quantum)];
  const shares = new Array<number>(24).fill(Infinity);
  for (let round = 0; round < rounds; round++) {
    kernel.receive({ type: 'silence' });
    for (let k = 0; k < 20; k++) kernel.process(block);
    for (let v = 0; v < voices; v++) {
      kernel.receive({ ...noteMessage(v % 8), noteId: v, speed: 0.03 } as ToKernel);
    }
    for (let k = 0; k < shares.length; k++) {
      const begin = performance.now();
      kernel.process(block);
      shares[k] = Math.min(shares[k], ((performance.now() - begin) / 1000) * (contextRate / quantum));
    }
  }
  return shares;
}

/** A worklet that does next to nothing. */
export const controlModule = `registerProcessor('control', class extends AudioWorkletProcessor {
  #frames = 0;
  process(_inputs, [output]) { this.#frames += output[0].length; output[0].fill(0); return true; }
});`;

/** Runs in the page: a context of its own, whose worklet counts its frames, and a thread that is never idle. */
async function beginControl(): Promise<void> {
  const control = new AudioContext({ latencyHint: 'interactive' });
  await control.audioWorklet.addModule('/tests/control.js');
  new AudioWorkletNode(control, 'control').connect(control.destination);
  await control.resume();
  Object.assign(window, { control });
  new Worker(URL.createObjectURL(new Blob(['for (;;);'], { type: 'text/javascript' })));
}

/** Promise 5 of docs/reliability.md. */
export async function overload({ quick, address, progress }: TrialSetting): Promise<Finding[]> {
  progress(0, 'a chord of 64');
  const shares = chordShares();
  const stressed = await openStressPage(await address());
  try {
    const { page, faults } = stressed;
    await page.evaluate(beginControl);
    await page.evaluate((ids) => {
      const { session } = window.stress.instrument();
      for (const id of ids) session.set(id, id.startsWith('eq') ? 3 : 0.5);
      // Words that stand still last.
      session.set('mode', 1);
      session.set('hold', 1);
    }, effectAmountIds);
    await page.waitForTimeout(1000);
    const underruns = () =>
      page.evaluate(() => {
        const of = (context: BaseAudioContext) => (context as Watched).playbackStats?.underrunEvents ?? 0;
        return { ours: of(window.stress.instrument().context), control: of(window.control) };
      });
    const before = await underruns();
    await page.evaluate((count) => {
      for (let k = 0; k < count; k++) window.fakeMidi.send('keys', [0x90 + (k >> 5), 40 + (k % 32), 100]);
    }, voices);
    const length = quick ? seconds.quick : seconds.full;
    const efforts: { lookAheadFrames: number; sweeps: number }[] = [];
    let most = 0;
    let highestLoad = 0;
    const begin = performance.now();
    for (let passed = 0; passed < length; passed = (performance.now() - begin) / 1000) {
      const { lookAheadFrames, sweeps, activeVoices, load } = await stressed.kernelStatus();
      efforts.push({ lookAheadFrames, sweeps });
      most = Math.max(most, activeVoices);
      highestLoad = Math.max(highestLoad, load);
      progress(passed / length, `${activeVoices} voices`);
      await page.waitForTimeout(100);
    }
    const after = await underruns();
    const ladder = effortLadder(liveSetting);
    const rungs = efforts.map((effort) =>
      ladder.findIndex(
        (rung) => rung.lookAheadFrames === effort.lookAheadFrames && rung.sweeps === effort.sweeps,
      ),
    );
    const metered = await stressed.metered();
    const kernel = await stressed.kernelStatus();
    const ours = after.ours - before.ours;
    const control = after.control - before.control;
    return [
      atMost('chord of 64: longest quantum, of its time', 100 * Math.max(...shares), 100, '%'),
      figure(
        'mean of its first 8 quanta',
        `${((100 * shares.slice(0, 8).reduce((a, b) => a + b)) / 8).toFixed(0)} %`,
      ),
      figure('most voices', String(most)),
      isSo('quality is always a rung of the designed order', !rungs.includes(-1)),
      figure(
        'rungs',
        ladder
          .map(({ lookAheadFrames, sweeps }, k) => {
            const share = rungs.filter((rung) => rung === k).length / rungs.length;
            return `${lookAheadFrames}/${sweeps} ${(100 * share).toFixed(0)} %`;
          })
          .join(', '),
      ),
      figure('most of its time that the kernel took', `${(100 * highestLoad).toFixed(0)} %`),
      figure('programs that want each core', programsPerCore().toFixed(1)),
      // Whoever has more to do catches up later after having waited for a core.
      atMost(
        `dropouts, beside ${control} of the worklet that does nothing`,
        ours,
        Math.ceil(Math.max(control, 1) * crowdOf()),
      ),
      figure('quanta of the kernel over budget', String(kernel.underruns)),
      atMost('samples that are no numbers', metered.nonFinite + kernel.nonFinite, 0),
      atMost('largest sample', metered.peak, 0.98, '', 3),
      isSo('no error on the page', faults.length === 0, faults[0]),
    ];
  } finally {
    await stressed.close();
  }
}
