// A sound device for browsers that play nothing without one: PulseAudio with a sink that only keeps time, of its own and silent.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A running sound server. */
export interface NullSound {
  /** What a program that is to play there has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

function isInstalled(): boolean {
  return spawnSync('pulseaudio', ['--version'], { stdio: 'ignore' }).status === 0;
}

function install(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  const packages = ['install', '-y', '-qq', '--no-install-recommends', 'pulseaudio'];
  spawnSync('apt-get', packages, { stdio: ['ignore', 2, 2] });
}

/** Starts one; null where PulseAudio is not there and cannot be installed. */
export async function startNullSound(): Promise<NullSound | null> {
  if (process.platform !== 'linux') return null;
  if (!isInstalled()) install();
  if (!isInstalled()) return null;
  const folder = mkdtempSync(join(tmpdir(), 'numvox-sound-'));
  const socket = join(folder, 'native');
  const child = spawn(
    'pulseaudio',
    [
      ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--use-pid-file=no', '--load=module-null-sink'],
      `--load=module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
    ],
    {
      stdio: 'ignore',
      env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, PULSE_RUNTIME_PATH: folder },
    },
  );
  const close = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    if (existsSync(socket)) return { env: { PULSE_SERVER: `unix:${socket}` }, close };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await close();
  return null;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });
}
