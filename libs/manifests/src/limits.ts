/** Bounds of what is read: manifests come from people, and a parser must survive all of them. */
export const MANIFEST_LIMITS = {
  files: 10_000,
  /** UTF-16 units of one file. */
  fileLength: 1024 * 1024,
  documentsPerFile: 1_000,
  /** Nested maps and lists. */
  depth: 32,
  /** Aliases (`*name`) of one document. */
  aliases: 1_000,
  /** Values of one document after its aliases are expanded. */
  nodes: 100_000,
  /**
   * Characters of one canonical manifest. It travels inside signed commands, which may hold 512 KiB
   * with the quotes of the manifest escaped once more.
   */
  canonicalLength: 200 * 1024,
  /** Problems reported at once; the rest is counted. */
  problems: 1_000,
} as const;
