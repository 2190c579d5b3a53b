// Whether the optional package that brings Web Audio to Node works on this machine.
import { loadWebAudio, WebAudioMissing } from '../../src/node/webAudio.ts';

/** False where it is not installed, or has no binary for this system; the output of the tests says why. */
export async function webAudioLoads(): Promise<boolean> {
  try {
    await loadWebAudio('some tests need', 'do without them');
    return true;
  } catch (error) {
    if (!(error instanceof WebAudioMissing)) throw error;
    console.warn(`tests of Web Audio in Node are left out: ${error.message}`);
    return false;
  }
}
