// `npm run stress [-- NAME ... --quick --seed N]`: makes everything fail that can, while notes sound, and prints what came of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { buildPage, servePage } from '../../scripts/start.mjs';
import { writeModules } from '../browser/ownModules.ts';
import { messageOf } from '../../src/contract/errors.ts';
import { isSo, type Finding, type Trial } from './trial.ts';

/** Of what ended a trial, in its line. */
const longestReason = 200;

/** The trials, in the order of docs/reliability.md. */
const trials: Readonly<Record<string, () => Promise<Trial>>> = {
  inference: async () => (await import('./inferenceFaults.ts')).inferenceFaults,
  loading: async () => (await import('./loadingFaults.ts')).loadingFaults,
  audio: async () => (await import('./audioFaults.ts')).audioFaults,
  'held-up': async () => (await import('./heldUp.ts')).heldUp,
  floods: async () => (await import('./floods.ts')).floods,
  overload: async () => (await import('./overload.ts')).overload,
  latency: async () => (await import('./latency.ts')).latencyTrial,
  auto: async () => (await import('./autoLatency.ts')).autoLatency,
  input: async () => (await import('./badInput.ts')).badInput,
  storage: async () => (await import('./storageFaults.ts')).storageFaults,
  parameters: async () => (await import('./parameters.ts')).parameterTrial,
  soak: async () => (await import('./soak.ts')).soak,
  plugin: async () => (await import('./pluginCycles.ts')).pluginCycles,
  browsers: async () => (await import('./browsers.ts')).browsers,
};

const usage = `usage: npm run stress -- [${Object.keys(trials).join(' | ')} ...] [--quick] [--seed NUMBER]`;

/** Builds and serves the page once, when a trial asks for it; in a folder of its own, since another run would empty it. */
class ServedPage {
  #folder: string | null = null;
  #serving: ReturnType<typeof servePage> | null = null;

  async address(): Promise<string> {
    this.#serving ??= this.#serve();
    return (await this.#serving).address;
  }

  async close(): Promise<void> {
    await (await this.#serving)?.close();
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  async #serve(): ReturnType<typeof servePage> {
    const outDir = (this.#folder = mkdtempSync(join(tmpdir(), 'numvox-stress-')));
    await buildPage({ outDir });
    const [
      { probeModule },
      { meterModule },
      { controlModule },
      { poisonModule },
      { tapModule },
      { tickerModule },
    ] = await Promise.all([
      import('../browser/probe.ts'),
      import('./stressPage.ts'),
      import('./overload.ts'),
      import('./audioFaults.ts'),
      import('./autoLatency.ts'),
      import('./heldUp.ts'),
    ]);
    writeModules(outDir, {
      probe: probeModule,
      meter: meterModule,
      control: controlModule,
      poison: poisonModule,
      tap: tapModule,
      ticker: tickerModule,
    });
    return servePage({ port: 4350, outDir });
  }
}

function table(findings: readonly Finding[]): string {
  const widest = (of: (finding: Finding) => string) =>
    Math.max(...findings.map((finding) => of(finding).length));
  const what = widest((finding) => finding.what);
  const value = widest((finding) => finding.value);
  return findings
    .map(
      (finding) =>
        `  ${finding.holds ? ' ' : '×'} ${finding.what.padEnd(what)}  ${finding.value.padStart(value)}` +
        (finding.promise === undefined ? '' : `  (${finding.promise})`),
    )
    .join('\n');
}

/** @returns true when every promise was kept */
async function run(names: readonly string[], quick: boolean, seed: number): Promise<boolean> {
  const served = new ServedPage();
  let kept = true;
  try {
    for (const name of names) {
      const trial = await trials[name]();
      const bar = new SingleBar({
        format: `${name} {bar} {percentage} % | {eta_formatted} left | {doing}`,
        stream: process.stderr,
        hideCursor: true,
        clearOnComplete: true,
      });
      bar.start(1, 0, { doing: 'starting' });
      const began = performance.now();
      let findings: readonly Finding[];
      try {
        findings = await trial({
          quick,
          seed,
          address: () => served.address(),
          progress: (fraction, doing) => bar.update(fraction, { doing }),
        });
      } catch (reason) {
        // The others are tried all the same.
        findings = [isSo('the trial came to its end', false, messageOf(reason).slice(0, longestReason))];
      } finally {
        bar.stop();
      }
      console.log(`\n${name}  (${((performance.now() - began) / 1000).toFixed(0)} s)\n${table(findings)}`);
      kept &&= findings.every(({ holds }) => holds);
    }
  } finally {
    await served.close();
  }
  return kept;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
});
const seed = Number(values.seed);
const unknown = positionals.filter((name) => !(name in trials));
if (unknown.length > 0 || !Number.isInteger(seed) || seed < 0) {
  process.stderr.write(
    `stress: ${unknown.length > 0 ? `there is no trial ${unknown.join(', ')}` : `--seed must be a whole number from 0 on, got ${values.seed}`}\n${usage}\n`,
  );
  process.exit(1);
}
const kept = await run(positionals.length > 0 ? positionals : Object.keys(trials), values.quick, seed);
process.exit(kept ? 0 : 1);
