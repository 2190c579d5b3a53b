// `npm run stress -- input`: ten thousand damaged files of each kind, each kind in a process of its own.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fuzzedReaders } from '../helpers/fuzzedReaders.ts';
import { atMost, isSo, type Finding, type Trial } from './trial.ts';
import type { FuzzReport } from './fuzzRun.ts';

const script = fileURLToPath(new URL('fuzzRun.ts', import.meta.url));
const cases = { quick: 250, full: 10_000 } as const;
/** Of one case. */
const mostSeconds = 2;
const mostMegabytes = 200;
/** A process that has said nothing for so long hangs in a case. */
const silentSeconds = 20;
/** Before the first case it is being started, which takes its time on a busy machine. */
const startSeconds = 120;
/** Garbage is not what is measured: a process that keeps less than is promised must do with it. */
const heapMegabytes = 180;

/** Runs a kind to its end; a process that falls silent, or dies, is told of as a fault. */
function fuzz(
  kind: string,
  count: number,
  seed: number,
  onDone: (done: number) => void,
): Promise<FuzzReport> {
  const args = [
    `--max-old-space-size=${heapMegabytes}`,
    '--import',
    'tsx',
    script,
    kind,
    String(count),
    String(seed),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let last: FuzzReport = {
    ...{ done: 0, accepted: 0, refused: 0, slowestMs: 0, slowestSeed: 0, peakMegabytes: 0, faults: [] },
  };
  return new Promise((resolve) => {
    let text = '';
    let silence = setTimeout(() => child.kill('SIGKILL'), 1000 * startSeconds);
    child.stdout.on('data', (bytes: Buffer) => {
      clearTimeout(silence);
      silence = setTimeout(() => child.kill('SIGKILL'), 1000 * silentSeconds);
      text += bytes.toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) last = JSON.parse(line) as FuzzReport;
      onDone(last.done);
    });
    child.on('close', (code) => {
      clearTimeout(silence);
      const how =
        code === null
          ? `said nothing for ${last.done > 0 ? silentSeconds : startSeconds} s`
          : `ended with ${code}`;
      const ends = last.done < count ? [`${how} after case ${last.done}`] : [];
      resolve({ ...last, faults: [...last.faults, ...ends] });
    });
  });
}

/** Accepted or refused with a typed error, in 2 s and 200 MB. */
export const badInput: Trial = async ({ quick, seed, progress }) => {
  const kinds = Object.keys(fuzzedReaders);
  const count = quick ? cases.quick : cases.full;
  const findings: Finding[] = [];
  for (const [index, kind] of kinds.entries()) {
    const report = await fuzz(kind, count, seed, (done) =>
      progress((index + done / count) / kinds.length, `${kind}, ${done} of ${count}`),
    );
    const { accepted, refused, slowestMs, slowestSeed, peakMegabytes, faults } = report;
    const of = `${kind}, ${accepted} accepted, ${refused} refused`;
    findings.push(
      isSo(`${of}: all by rule`, faults.length === 0, faults.slice(0, 3).join('; ')),
      atMost(`${kind}: slowest case (seed ${slowestSeed})`, slowestMs / 1000, mostSeconds, 's', 2),
      atMost(`${kind}: memory`, peakMegabytes, mostMegabytes, 'MB'),
    );
  }
  return findings;
};
