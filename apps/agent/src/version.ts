/** The version of Vigil: the same for all its parts. */
export const AGENT_VERSION = '0.1.0';
