// What is said where the optional package that decodes FLAC is missing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { defaultFormat } from '../../../src/contract/spectrogram.ts';
import { WebAudioMissing } from '../../../src/node/webAudio.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { prepareCorpus } from '../../../training/corpus/prepare.ts';
import { flacBytes } from '../../helpers/flacBytes.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

vi.mock('node-web-audio-api', () => ({
  get OfflineAudioContext() {
    throw new Error('Cannot find package');
  },
}));

test('a corpus of WAV needs no package; one FLAC in it stops with what to do, and is not put down as left out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'numvox-flac-missing-'));
  try {
    const data = join(folder, 'data');
    writeSyntheticCorpus(data, { layout: 'audiomnist', speakers: 3, takes: 1, seed: 1 });
    expect((await prepareCorpus(openCorpus(data), defaultFormat)).leftOut).toEqual([]);
    const cache = join(folder, 'cache');
    writeFileSync(join(data, '02', '4_02_0.wav'), flacBytes(new Float32Array(4000), 8000));
    // The second time goes on with what the first has left in the cache.
    for (let n = 0; n < 2; n++) {
      const refused = prepareCorpus(openCorpus(data), defaultFormat, undefined, cache);
      await expect(refused).rejects.toBeInstanceOf(WebAudioMissing);
      await expect(refused).rejects.toThrow(
        /^FLAC recordings such as .*4_02_0\.wav need the optional package node-web-audio-api.*Cannot find package.*npm install, or convert them to WAV \(flac -d does\)$/,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
