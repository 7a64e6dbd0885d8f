import { type NodeLibrary, nodeLibrary } from '@retrograd/core';

/** The machine's files, and where its user keeps them. */
export interface Platform extends NodeLibrary {
  readonly home: string;
  readonly env: (name: string) => string | undefined;
  /** The user's folder for what can be fetched again. */
  readonly cacheFolder: string;
}

/** The machine's files, or `undefined` where there are none (a browser). */
export function openPlatform(): Platform | undefined {
  const library = nodeLibrary();
  if (library === undefined) return undefined;
  const home = library.os.homedir();
  return { ...library, home, env, cacheFolder: cacheFolder(library.path, home) };
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
