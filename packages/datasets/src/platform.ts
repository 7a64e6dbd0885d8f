import { environment, type NodeLibrary, nodeLibrary } from '@retrograd/core';

/** The machine's files, and where its user keeps them. */
export interface Platform extends NodeLibrary {
  readonly home: string;
  /** The user's folder for what can be fetched again. */
  readonly cacheFolder: string;
}

/** The machine's files, or `undefined` where there are none (a browser). */
export function openPlatform(): Platform | undefined {
  const library = nodeLibrary();
  if (library === undefined) return undefined;
  const home = library.os.homedir();
  return { ...library, home, cacheFolder: cacheFolder(library.path, home) };
}

/** The XDG base directory specification (relative values are to be ignored); on Windows, %LOCALAPPDATA%. */
function cacheFolder(path: Platform['path'], home: string): string {
  const given = environment(process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME');
  return given !== undefined && path.isAbsolute(given) ? given : path.join(home, '.cache');
}
