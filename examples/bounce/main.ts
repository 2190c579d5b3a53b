// Renders a phrase in an OfflineAudioContext and writes it as a WAV file.
import { createInstrument, wavHeader } from 'numvox';

const button = document.querySelector<HTMLButtonElement>('#bounce')!;
const status = document.querySelector('[role=status]')!;
const player = document.querySelector('audio')!;
const link = document.querySelector<HTMLAnchorElement>('#file')!;
const [sampleRate, seconds] = [48_000, 6];

button.addEventListener('click', () => void bounce());

async function bounce(): Promise<void> {
  button.disabled = true;
  status.textContent = 'Loading';
  const context = new OfflineAudioContext(2, seconds * sampleRate, sampleRate);
  const instrument = await createInstrument({ context, connect: true });
  instrument.setParameters({ reverb: 0.35, reverbSeconds: 2 });
  [3, 1, 4, 1, 5, 9].forEach((digit, k) => {
    const frame = Math.round(k * 0.6 * sampleRate);
    instrument.performer.noteOn(1, 60 + digit, 100, frame);
    instrument.performer.noteOff(1, 60 + digit, undefined, frame + sampleRate / 4);
  });
  // Every word is decoded, and the kernel has all that was sent.
  await instrument.whenSettled();
  status.textContent = 'Rendering';
  const began = performance.now();
  const rendered = await context.startRendering();
  const took = (performance.now() - began) / 1000;
  await instrument.dispose();
  link.href = player.src = URL.createObjectURL(wavOf(rendered));
  link.hidden = player.hidden = button.disabled = false;
  status.textContent = `${seconds} s rendered in ${took.toFixed(2)} s`;
}

/** A WAV file of 32-bit floats, left and right in turn. */
function wavOf(audio: AudioBuffer): Blob {
  const samples = new Float32Array(2 * audio.length);
  for (const side of [0, 1]) {
    audio.getChannelData(side).forEach((sample, n) => (samples[2 * n + side] = sample));
  }
  return new Blob([wavHeader(audio.length, audio.sampleRate, 2), samples], { type: 'audio/wav' });
}
