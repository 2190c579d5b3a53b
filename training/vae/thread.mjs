// Starts a training thread: Node 20 does not pass `--import tsx` on to worker threads, so the loader is registered here.
import { register } from 'tsx/esm/api';

register();
await import('./thread.ts');
