/** The parts of Node's library that this package uses; Deno and Bun have them too. */
export interface Platform {
  readonly fs: typeof import('node:fs/promises');
  readonly path: typeof import('node:path');
  readonly home: string;
  readonly env: (name: string) => string | undefined;
  /** The user's folder for what can be fetched again. */
  readonly cacheFolder: string;
}

/**
 * The machine's files, or `undefined` where there are none (a browser). This is the one place that names Node's
 * modules, and it imports them only when called, so that the package loads anywhere.
 */
export async function openPlatform(): Promise<Platform | undefined> {
  if (typeof globalThis.process?.versions?.node !== 'string') return undefined;
  try {
    const fs = await import('node:fs/promises');
    const path = await import('node:path');
    const os = await import('node:os');
    const home = os.homedir();
    return { fs, path, home, env, cacheFolder: cacheFolder(path, home) };
  } catch {
    // A bundler for browsers may define `process` and yet have no such modules.
    return undefined;
  }
}

/** The XDG base directory specification (relative values are to be ignored); on Windows, %LOCALAPPDATA%. */
function cacheFolder(path: Platform['path'], home: string): string {
  const given = env(process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME');
  return given !== undefined && path.isAbsolute(given) ? given : path.join(home, '.cache');
}

/** An environment variable; empty ones, and those that Deno may not read, count as unset. */
function env(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}
