// The public functions of numvox/dsp, given what programs without types give by mistake: what is wrong is said, with what to do.
import { expect, test } from 'vitest';
import * as dsp from '../../src/indexDsp.ts';

const samples = new Float32Array(400);
const inverter = () => new dsp.StreamingInverter({ sampleRate: 8000, fftSamples: 256, hopSamples: 64 });
const none = undefined as never;

test.each<[string, () => unknown, RegExp]>([
  ['resample', () => dsp.resample(none, 8000, 16000), /samples must be a Float32Array.*undefined/],
  ['resample', () => dsp.resample([0, 1] as never, 8000, 16000), /samples.*a list.*Float32Array\.from/],
  ['stft', () => dsp.stft(none, { fftSamples: 256, hopSamples: 64 }), /samples/],
  ['stft', () => dsp.stft(samples, none), /sizes must be an object such as .*fftSamples/],
  ['stft', () => dsp.stft(samples, 512 as never), /sizes.*512/],
  ['stftMagnitudes', () => dsp.stftMagnitudes(samples, null as never), /sizes.*null/],
  ['frameCount', () => dsp.frameCount(-1, 64), /length.*-1/],
  ['frameCount', () => dsp.frameCount(10, 0), /hopSamples.*0/],
  ['trackPitch', () => dsp.trackPitch(samples, none), /options must be an object such as .*f0LowHz/],
  ['trackPitch', () => dsp.trackPitch('x' as never, none), /samples.*"x"/],
  ['invertRecording', () => dsp.invertRecording(none, 8000), /samples/],
  ['MelFilterbank', () => new dsp.MelFilterbank(none), /sizes must be an object/],
  [
    'StreamingInverter',
    () => new dsp.StreamingInverter(none),
    /options must be an object such as .*sampleRate/,
  ],
  ['StreamingInverter.process', () => inverter().process(none, samples), /frames must be a Float32Array/],
  ['StreamingInverter.process', () => inverter().process(new Float32Array(129), null as never), /out.*null/],
  ['StreamingInverter.flush', () => inverter().flush(none), /out must be/],
])('%s names the argument', (_, call, message) => {
  expect(call).toThrow(message);
});
