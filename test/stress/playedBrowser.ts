// What a page must do in whatever browser: start, sound by key and MIDI, fall silent at the panic key, play on. For pages of
// Playwright and of Puppeteer alike.

/** The hands of a driver. Scripts are expressions without promises: Firefox now and then never tells that one was kept. */
export interface Hands {
  evaluate(script: string): Promise<unknown>;
  /** Presses Start as a person does, which is what lets sound out. */
  start(): Promise<void>;
  down(key: string): Promise<void>;
  up(key: string): Promise<void>;
}

/** What came of it. */
export interface PlayedBrowser {
  /** Loudest RMS that went to the speakers of a window of 2048 samples. */
  readonly key: number;
  readonly midi: number;
  /** From 150 ms after the panic key on, with echoes and a room that would have rung for seconds. */
  readonly afterPanic: number;
  readonly next: number;
  readonly backend: string;
  readonly midiKind: string;
  /** What the page says that the browser lacks; empty for nothing. */
  readonly missing: string;
  readonly diagnostics: string;
}

/** Put it into a page before its scripts: `takeLoudest()` gives the loudest RMS since it was asked last of what goes to the speakers. */
export const tapScript = `{
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (...args) {
    const [to] = args;
    if (to instanceof AudioDestinationNode && !(this.context instanceof OfflineAudioContext)) {
      window.tap = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, window.tap);
    }
    return connect.apply(this, args);
  };
  const samples = new Float32Array(2048);
  let loudest = 0;
  setInterval(() => {
    window.tap?.getFloatTimeDomainData(samples);
    loudest = Math.max(loudest, Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / 2048));
  }, 15);
  window.takeLoudest = () => {
    const taken = loudest;
    loudest = 0;
    return taken;
  };
}`;

const app = `document.querySelector('nv-app')`;
const stage = `${app}?.shadowRoot.querySelector('nv-stage')?.shadowRoot`;
const patienceMilliseconds = 60_000;

/** @throws Error where the page does not start or gives no running context */
export async function playBrowser(hands: Hands, midi: boolean): Promise<PlayedBrowser> {
  const ask = async <T>(script: string): Promise<T> => (await hands.evaluate(script)) as T;
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const loudestIn = async (milliseconds: number): Promise<number> => {
    await ask('window.takeLoudest()');
    await wait(milliseconds);
    return ask<number>('window.takeLoudest()');
  };
  const until = async (what: string, script: string) => {
    const end = Date.now() + patienceMilliseconds;
    while (!(await ask<boolean>(script))) {
      if (Date.now() > end) throw new Error(`${what}: not within ${patienceMilliseconds / 1000} s`);
      await wait(150);
    }
  };
  await hands.start();
  await until('the page plays', `Boolean(${stage}?.querySelector('nv-panels')) || Boolean(${app}.fault)`);
  const fault = await ask<string>(`${app}.fault`);
  if (fault) throw new Error(fault);
  await until(
    'sound runs',
    `${app}.instrument.context.state === 'running' && ${app}.instrument.status.settled`,
  );
  const strike = async (): Promise<number> => {
    await hands.down('5');
    const loudest = await loudestIn(500);
    await hands.up('5');
    return loudest;
  };
  await ask(`{ const { instrument } = ${app};
    instrument.setParameter('reverb', 0.5); instrument.setParameter('reverbSeconds', 6);
    instrument.setParameter('delay', 0.5); instrument.setParameter('delayFeedback', 0.9); 0; }`);
  await wait(400);
  const key = await strike();
  let heardMidi = 0;
  if (midi) {
    await ask(`window.fakeMidi.plug('keys', 'Test Keys')`);
    await wait(200);
    await ask(`window.fakeMidi.send('keys', [0x90, 62, 110])`);
    heardMidi = await loudestIn(500);
  }
  await hands.down('Control');
  await hands.down('.');
  await hands.up('.');
  await hands.up('Control');
  await wait(150);
  const afterPanic = await loudestIn(300);
  const next = await strike();
  return {
    key,
    midi: heardMidi,
    afterPanic,
    next,
    backend: await ask<string>(`${app}.instrument.status.backend`),
    midiKind: await ask<string>(`${app}.midi.kind`),
    missing: await ask<string>(
      `${stage}.querySelector('nv-diagnostics').shadowRoot.querySelector('#missing').textContent`,
    ),
    diagnostics: await ask<string>(`${stage}.querySelector('nv-diagnostics').report()`),
  };
}
