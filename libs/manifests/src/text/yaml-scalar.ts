const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:true|True|TRUE)$/;
const FALSE = /^(?:false|False|FALSE)$/;
const INTEGER = /^[-+]?[0-9]+$/;
const OCTAL = /^0o[0-7]+$/;
const HEXADECIMAL = /^0x[0-9a-fA-F]+$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * The value of a plain scalar by the core schema of YAML 1.2, chapter 10.3. `yes`, `on` and `1:30`
 * are text; `.inf` and `.nan` are left as text too, because no manifest has a use for them.
 */
export function resolvePlainScalar(text: string): string | number | boolean | null {
  if (NULL.test(text)) return null;
  if (TRUE.test(text)) return true;
  if (FALSE.test(text)) return false;
  const isNumber = [INTEGER, OCTAL, HEXADECIMAL, FLOAT].some((form) => form.test(text));
  return isNumber && Number.isFinite(Number(text)) ? Number(text) : text;
}
