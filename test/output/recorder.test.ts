// Recorder and take writer joined by a port: exact length and samples, second takes, stalls, and the errors.
import wavefile from 'wavefile';
import { describe, expect, it } from 'vitest';
import type { FromOutput, ToTakes } from '../../src/output/outputProtocol.ts';
import { Recorder, type OutputPort } from '../../src/output/recorder.ts';
import { TakeWriter } from '../../src/output/takeWriter.ts';
import { wavHeader } from '../../src/output/wavHeader.ts';
import { noise } from '../helpers/signals.ts';

/** Recorder and writer with a port between them that can be held up like a stalled page. */
function rig(chunkFrames = 64, chunks = 4, maxFrames?: number) {
  const held: FromOutput[] = [];
  const state = { stalled: false };
  const port: OutputPort = {
    onmessage: null,
    postMessage: (message: ToTakes) => writer.receive(message),
  };
  const deliver = (message: FromOutput) => port.onmessage?.({ data: message } as MessageEvent<FromOutput>);
  const writer = new TakeWriter(
    (message) => (state.stalled ? held.push(structuredClone(message)) : deliver(message)),
    chunkFrames,
    chunks,
    maxFrames,
  );
  const release = () => {
    state.stalled = false;
    held.splice(0).forEach(deliver);
  };
  return { recorder: new Recorder(port, 48_000), writer, state, release };
}

async function channelsOf(blob: Blob): Promise<Float32Array[]> {
  const wave = new wavefile.WaveFile(new Uint8Array(await blob.arrayBuffer()));
  expect(wave.bitDepth).toBe('32f');
  expect(wave.fmt).toMatchObject({ numChannels: 2, sampleRate: 48_000 });
  return wave.getSamples(false, Float32Array) as unknown as Float32Array[];
}

describe('recorder', () => {
  it('gives back every sample of both channels, at odd block lengths too', async () => {
    const { recorder, writer } = rig();
    const left = noise(1001, 1);
    const right = noise(1001, 2);
    writer.write([left, right]);
    recorder.start();
    for (let at = 0; at < 1001; at += 77)
      writer.write([left.subarray(at, at + 77), right.subarray(at, at + 77)]);
    const take = await recorder.stop();
    writer.write([left, right]);
    expect(take).toMatchObject({ frames: 1001, lostFrames: 0, seconds: 1001 / 48_000 });
    expect(take.blob.type).toBe('audio/wav');
    expect(await channelsOf(take.blob)).toEqual([left, right]);
  });

  it('keeps what came of a take whose output stage is lost, and gives it to whoever waits for its end', async () => {
    const { recorder, writer } = rig();
    expect(recorder.salvage()).toBeNull();
    recorder.start();
    const left = noise(200, 1);
    writer.write([left, left]);
    const ending = recorder.stop();
    const { recorder: lost, writer: lostWriter } = rig();
    lost.start();
    lostWriter.write([left, left]);
    const kept = lost.salvage();
    // Whole chunks of 64 frames.
    expect(kept).toMatchObject({ frames: 192, lostFrames: 0, seconds: 192 / 48_000 });
    expect((await channelsOf(kept!.blob))[0]).toEqual(left.subarray(0, 192));
    expect(lost.recording).toBe(false);
    expect((await ending).frames).toBe(200);
    const stalled = rig();
    stalled.recorder.start();
    stalled.writer.write([left, left]);
    stalled.state.stalled = true;
    const waiting = stalled.recorder.stop();
    expect(stalled.recorder.salvage()?.frames).toBe(192);
    expect((await waiting).frames).toBe(192);
    const empty = rig();
    empty.recorder.start();
    const none = empty.recorder;
    expect(none.salvage()).toBeNull();
    expect(none.recording).toBe(false);
  });

  it('records a second take that holds nothing of the first', async () => {
    const { recorder, writer } = rig();
    recorder.start();
    writer.write([noise(500, 1), noise(500, 2)]);
    await recorder.stop();
    recorder.start();
    expect(recorder.recording).toBe(true);
    const mono = noise(130, 3);
    writer.write([mono]);
    const take = await recorder.stop();
    expect(await channelsOf(take.blob)).toEqual([mono, mono]);
  });

  it('gives a valid empty file for a take of no length', async () => {
    const { recorder } = rig();
    recorder.start();
    const take = await recorder.stop();
    expect(take.frames).toBe(0);
    expect(take.blob.size).toBe(wavHeader(0, 48_000, 2).length);
  });

  it('keeps the length and the times when the page stalls longer than the chunks last', async () => {
    const { recorder, writer, state, release } = rig(64, 4);
    recorder.start();
    const ones = new Float32Array(100).fill(1);
    writer.write([ones, ones]);
    state.stalled = true;
    for (let k = 0; k < 5; k++) writer.write([ones, ones]);
    release();
    for (let k = 0; k < 4; k++) writer.write([ones, ones]);
    const take = await recorder.stop();
    const [left] = await channelsOf(take.blob);
    expect(take.frames).toBe(1000);
    expect(left).toHaveLength(1000);
    expect(take.lostFrames).toBeGreaterThan(0);
    expect(left.filter((x) => x === 0)).toHaveLength(take.lostFrames);
    expect(left[999]).toBe(1);
  });

  it('counts silence owed at the end of a stalled take', async () => {
    const { recorder, writer, state, release } = rig(8, 1);
    recorder.start();
    state.stalled = true;
    writer.write([new Float32Array(30).fill(1)]);
    const stopped = recorder.stop();
    release();
    const take = await stopped;
    expect(take).toMatchObject({ frames: 30, lostFrames: 22 });
    expect((await channelsOf(take.blob))[0]).toHaveLength(30);
  });

  it('closes a take at the longest length a file can hold', async () => {
    const { recorder, writer } = rig(8, 4, 20);
    recorder.start();
    writer.write([new Float32Array(64).fill(1)]);
    expect((await recorder.stop()).frames).toBe(20);
  });

  it('says so when stopped without a start, started twice, or closed in the middle', async () => {
    const { recorder, state } = rig();
    await expect(recorder.stop()).rejects.toThrow(/nothing is being recorded; start/);
    recorder.start();
    expect(() => recorder.start()).toThrow(/already under way/);
    state.stalled = true;
    const stopped = recorder.stop();
    recorder.dispose();
    await expect(stopped).rejects.toThrow(/closed before the recording was complete/);
  });
});

describe('WAV header', () => {
  it('names lengths beyond 2 GiB rightly and refuses those beyond 4 GiB', () => {
    const frames = 400_000_000;
    const view = new DataView(wavHeader(frames, 48_000, 2).buffer);
    expect(view.getUint32(view.byteLength - 4, true)).toBe(frames * 8);
    expect(view.getUint32(4, true)).toBe(view.byteLength - 8 + frames * 8);
    expect(() => wavHeader(600_000_000, 48_000, 2)).toThrow(/frames must be a whole number/);
    expect(() => wavHeader(1, 48_000, 3)).toThrow(/channels must be .* from 1 to 2/);
  });

  it.each([
    [1, 44_100],
    [2, 48_000],
    [2, 768_000],
  ])('of %i channels at %i Hz is, byte for byte, what wavefile makes of it', (channels, sampleRate) => {
    const frames = 123;
    const header = wavHeader(frames, sampleRate, channels);
    const samples = noise(frames * channels, 7);
    const bytes = new Uint8Array(Buffer.concat([header, Buffer.from(samples.buffer)]));
    const read = new wavefile.WaveFile(bytes);
    expect(Buffer.from(read.toBuffer()).equals(bytes)).toBe(true);
    expect([read.getSamples(true, Float32Array)].flat()).toEqual([samples]);
    // What wavefile writes itself lacks the size of the extension and the number of frames.
    const own = new wavefile.WaveFile();
    own.fromScratch(channels, sampleRate, '32f', samples);
    expect(read.fmt).toEqual({ ...own.fmt, chunkSize: 18 });
    expect(read.fact).toEqual({ chunkId: 'fact', chunkSize: 4, dwSampleLength: frames });
    expect(read.data).toEqual(own.data);
  });
});
