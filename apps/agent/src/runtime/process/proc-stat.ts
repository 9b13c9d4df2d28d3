/** One line of `/proc/<pid>/stat` (proc_pid_stat(5)), as far as the agent needs it. */
export interface ProcStat {
  readonly pid: number;
  /** Of the program, cut by the kernel after 15 characters. */
  readonly name: string;
  /** `R`, `S`, `D`, `T` (stopped by a signal), `t` (by a tracer), `Z`, `X`, … */
  readonly state: string;
  readonly parent: number;
  readonly processGroup: number;
  readonly session: number;
  /** User and system time of the process, in clock ticks. */
  readonly cpuTicks: number;
  readonly threads: number;
  /** In clock ticks after boot: tells a process from a later one with the same pid. */
  readonly startTime: string;
  readonly residentPages: number;
}

/** Undefined for text that is not such a line. */
export function parseProcStat(text: string): ProcStat | undefined {
  // the command's name may hold spaces and parentheses: fields count from behind the last one
  const nameEnd = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  if (nameEnd === -1 || Number.isNaN(pid)) return undefined;
  const fields = text.slice(nameEnd + 2).split(' ');
  const number = (index: number) => Number(fields[index] ?? Number.NaN);
  const state = fields[0];
  const startTime = fields[19];
  if (state === undefined || startTime === undefined) return undefined;
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, nameEnd),
    state,
    parent: number(1),
    processGroup: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12),
    threads: number(17),
    startTime,
    residentPages: number(21),
  };
}

/** A zombie still has a pid, and nothing else: it is dead. */
export function isDead(stat: ProcStat): boolean {
  return stat.state === 'Z' || stat.state === 'X' || stat.state === 'x';
}

/** Value of a variable in the text of `/proc/<pid>/environ`. */
export function environValue(environ: string, name: string): string | undefined {
  const prefix = `${name}=`;
  const entry = environ.split('\0').find((line) => line.startsWith(prefix));
  return entry?.slice(prefix.length);
}
