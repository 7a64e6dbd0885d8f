/** What is asked about a terminal; `process.env` and `process.stdout` tell. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** How a terminal draws pictures: by one of the protocols for them, or as half-block characters of so many colours. */
export type Protocol = 'kitty' | 'iterm2' | 'sixel' | 'blocks24bit' | 'blocks256';

/** A terminal that can draw, and its size in characters. */
export interface Terminal {
  readonly protocol: Protocol;
  readonly columns: number;
  readonly rows: number;
}

type Env = Surroundings['env'];

/** The first that says yes is it. Terminals do not say what they can without being asked, so they are known by name. */
const protocols: readonly (readonly [Protocol, (env: Env) => boolean])[] = [
  ['kitty', (env) => !isMultiplexed(env) && ('KITTY_WINDOW_ID' in env || /kitty|ghostty/.test(names(env)))],
  ['iterm2', (env) => !isMultiplexed(env) && /iterm\.app|wezterm|mintty/.test(names(env))],
  ['sixel', (env) => !isMultiplexed(env) && /\b(foot|mlterm|contour|sixel)\b/.test(names(env))],
  ['blocks24bit', (env) => /truecolor|24bit/.test(env.COLORTERM ?? '') || 'WT_SESSION' in env],
  ['blocks256', (env) => /256|xterm|screen|tmux|rxvt|vscode|apple_terminal/.test(names(env))],
];

function names({ TERM = '', TERM_PROGRAM = '' }: Env): string {
  return `${TERM} ${TERM_PROGRAM}`.toLowerCase();
}

/** tmux and screen stand between: they know the terminal's name, but do not let its protocols through. */
function isMultiplexed(env: Env): boolean {
  return 'TMUX' in env || 'STY' in env || /^(tmux|screen)/.test(env.TERM ?? '');
}

/** The terminal that standard output goes to; `null` where it is none, or one without colours, or they are not wanted. */
export function findTerminal({ env, isTTY, columns, rows }: Surroundings): Terminal | null {
  if (isTTY !== true || env.NO_COLOR || env.TERM === 'dumb') return null;
  const protocol = protocols.find(([, known]) => known(env))?.[0];
  return protocol === undefined ? null : { protocol, columns: columns || 80, rows: rows || 24 };
}
