/** The version of Vigil: the same for all services of a release. */
export const VIGIL_VERSION = '0.1.0';
