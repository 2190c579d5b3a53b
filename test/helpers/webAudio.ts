// Whether the optional package that brings Web Audio to Node works on this machine.
import { OfflineEffects } from '../../src/offline/offlineEffects.ts';
import { InputError } from '../../src/contract/errors.ts';

/** False where it is not installed, or has no binary for this system; the output of the tests says why. */
export async function webAudioLoads(): Promise<boolean> {
  const begin = { sampleRate: 48_000, blockFrames: 128, longestFrames: 128, values: {}, areSettled: false };
  try {
    const effects = await OfflineEffects.open(begin);
    await effects.close();
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.warn(`tests of effects without a page are left out: ${error.message}`);
    return false;
  }
}
