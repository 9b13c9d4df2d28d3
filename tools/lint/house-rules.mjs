// House rules of docs and CONTRIBUTING as selectors of the syntax tree (esquery).

const MESSAGE_TEXT =
  'Never match on the text of a message: compare the code or the class of the error.';

export const houseSyntax = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name what is exported: export * makes cycles and hides where things come from.',
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Named exports only: the name is then the same everywhere.',
  },
  { selector: 'TSEnumDeclaration', message: 'Use a union of strings instead of an enum.' },
  {
    selector:
      ':not(ReturnStatement, ArrowFunctionExpression) > TSAsExpression:not([typeAnnotation.typeName.name="const"])',
    message:
      'as silences the compiler. Parse, narrow or use satisfies; a brand has one function that returns it.',
  },
  {
    selector: 'TSAsExpression > TSAsExpression',
    message: 'A cast through another type proves nothing: parse the value.',
  },
  { selector: 'TSTypeAssertion', message: 'as silences the compiler. Parse or narrow the value.' },
  {
    selector: 'MethodDefinition[kind="constructor"] > FunctionExpression[params.length>5]',
    message: 'At most five dependencies: a sixth means that two use cases share a class.',
  },
  {
    selector: 'CallExpression[callee.name="forwardRef"]',
    message: 'Two classes that need each other miss a third concept.',
  },
  {
    selector:
      'BinaryExpression[left.object.name=/^(e|err|error|cause|failure)$/][left.property.name="message"]',
    message: MESSAGE_TEXT,
  },
  {
    selector:
      'CallExpression[callee.object.object.name=/^(e|err|error|cause|failure)$/][callee.object.property.name="message"][callee.property.name=/^(includes|startsWith|endsWith|match|search|indexOf)$/]',
    message: MESSAGE_TEXT,
  },
];

/** What makes a result depend on more than its arguments. */
export const pureSyntax = [
  {
    selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
    message: 'The core is pure: take the time as an argument.',
  },
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'The core is pure: take the time as an argument.',
  },
  {
    selector: 'CallExpression[callee.object.name="Math"][callee.property.name="random"]',
    message: 'The core is pure: take the number as an argument.',
  },
];
