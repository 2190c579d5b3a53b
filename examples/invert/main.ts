// Makes a recording anew from the magnitudes of its spectrogram alone.
import { MelFilterbank, StreamingInverter, stftMagnitudes } from 'numvox/dsp';

const input = document.querySelector<HTMLInputElement>('[type=file]')!;
const mel = document.querySelector<HTMLInputElement>('#mel')!;
const status = document.querySelector('[role=status]')!;
const buttons = ['#original', '#copy'].map((name) => document.querySelector<HTMLButtonElement>(name)!);
const context = new AudioContext();
const { sampleRate } = context;
const sizes = { fftSamples: 2048, hopSamples: 512 };
let recordings: Float32Array<ArrayBuffer>[] = [];

function copyOf(samples: Float32Array): Float32Array<ArrayBuffer> {
  const { frames, bins, magnitudes } = stftMagnitudes(samples, sizes);
  const bands = { melBands: 80, melLowHz: 0, melHighHz: Math.min(12_000, sampleRate / 2) };
  const bank = mel.checked ? new MelFilterbank({ sampleRate, ...sizes, ...bands }) : null;
  const inverter = new StreamingInverter({ sampleRate, ...sizes, ...(bank ? bands : {}), preset: 'studio' });
  const frame = new Float32Array(inverter.frameValues);
  const out = new Float32Array(samples.length);
  let written = 0;
  // Frame by frame, as they would come from a microphone, a network or a neural network.
  for (let m = 0; m < frames; m++) {
    const given = magnitudes.subarray(m * bins, (m + 1) * bins);
    if (bank) bank.forward(given, frame);
    else frame.set(given);
    written += inverter.process(frame, out.subarray(written)).produced;
  }
  inverter.flush(out.subarray(written));
  return out;
}

async function invert(): Promise<void> {
  const file = input.files?.[0];
  if (!file) return;
  status.textContent = 'Inverting';
  const decoded = await context.decodeAudioData(await file.arrayBuffer());
  const began = performance.now();
  recordings = [decoded.getChannelData(0), copyOf(decoded.getChannelData(0))];
  const took = (performance.now() - began) / 1000;
  status.textContent = `${decoded.duration.toFixed(1)} s made anew in ${took.toFixed(2)} s`;
  for (const button of buttons) button.disabled = false;
}

input.addEventListener('change', () => void invert());
mel.addEventListener('change', () => void invert());
buttons.forEach((button, k) =>
  button.addEventListener('click', () => {
    void context.resume();
    const buffer = new AudioBuffer({ length: recordings[k].length, sampleRate });
    buffer.copyToChannel(recordings[k], 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.start();
  }),
);
