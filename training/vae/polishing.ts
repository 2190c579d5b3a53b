// The last epochs of a run, and what is told of every epoch.
import { SingleBar } from 'cli-progress';
import { Adam } from '../optimise/adam.ts';
import type { EpochRecord } from './checkpoint.ts';
import { freeWordsOf } from './freeWords.ts';
import type { TrainedRun } from './playerSpace.ts';
import type { Trainer } from './trainer.ts';

/**
 * The last epochs: the decoder learns to be understood where no take is. They are short, and begin again where a run was stopped in them.
 * @returns false when it was stopped
 */
export async function polish(
  trainer: Trainer,
  run: Omit<TrainedRun, 'test'> & { history: EpochRecord[] },
  sides: { readonly train: readonly number[]; readonly validation: readonly number[] },
  signal: AbortSignal | undefined,
  say: (line: string) => void,
): Promise<boolean> {
  const { config, parameters, statistics, history } = run;
  trainer.parameters.set(parameters);
  trainer.statistics.set(statistics);
  const draw = await freeWordsOf(run, say);
  const adam = new Adam(parameters.length);
  const bar = new SingleBar({ format: 'polishing [{bar}] {percentage} %, {eta_formatted} left' });
  try {
    for (let epoch = 0; epoch < config.polishEpochs; epoch++) {
      const started = Date.now();
      const losses = await trainer.polishEpoch(epoch, sides.train, { adam, draw }, (step, steps) => {
        if (!bar.isActive) bar.start(config.polishEpochs * steps, 0);
        bar.update(epoch * steps + step);
        return signal?.aborted !== true;
      });
      if (losses === null) {
        say('stopped while polishing; the same command with --resume polishes again');
        return false;
      }
      const validation = await trainer.evaluate(sides.validation);
      const at = config.epochs + epoch;
      history.push({ epoch: at, seconds: (Date.now() - started) / 1000, train: losses, validation });
      say(`polishing, ${epochText(history, config.epochs + config.polishEpochs)}`);
    }
  } finally {
    bar.stop();
  }
  await trainer.recalibrate(sides.train);
  parameters.set(trainer.parameters);
  statistics.set(trainer.statistics);
  return true;
}

/** What is told of the latest epoch. */
export function epochText(history: readonly EpochRecord[], epochs: number): string {
  const { epoch, seconds, train: seen, validation } = history[history.length - 1];
  return (
    `epoch ${epoch + 1}/${epochs} ${seconds.toFixed(0)} s | train ${seen.objective.toFixed(2)}` +
    ` (squared error ${seen.squaredError.toFixed(2)}, KL ${seen.kl.toFixed(1)}, digit ${(100 * seen.digitAccuracy).toFixed(1)} %)` +
    ` | held out ${validation.objective.toFixed(2)} (squared error ${validation.squaredError.toFixed(2)},` +
    ` tracks ${validation.trackError.toFixed(1)}, KL ${validation.kl.toFixed(1)},` +
    ` digit ${(100 * validation.digitAccuracy).toFixed(1)} %, misheard ${validation.misheard.toFixed(3)},` +
    ` mismatch ${validation.mismatch.toFixed(2)}; between takes ${seen.mixMisheard.toFixed(3)}` +
    (seen.swapMisheard > 0 ? `, other digits ${seen.swapMisheard.toFixed(3)}` : '') +
    (seen.freeMisheard > 0 ? `, free ${seen.freeMisheard.toFixed(3)})` : ')')
  );
}
