import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Document {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>
  >;
}

/** Holds answers to the OpenAPI document that the gateway itself serves. */
export class DocumentedAnswers {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Document) {
    addFormats.default(this.ajv);
    this.ajv.addSchema(document, 'openapi.json');
  }

  /** @throws Error when the document does not know the status of this route, or the body is not as it says */
  check(method: string, path: string, answer: { status: number; type: string; body: unknown }): void {
    const route = this.routeOf(method, path);
    if (!route) return;
    const where = `${method} ${route} -> ${answer.status}`;
    const response = this.document.paths[route]![method.toLowerCase()]!.responses[answer.status];
    if (!response) throw new Error(`${where} is not in the OpenAPI document`);
    if (!response.content) return;
    if (!response.content[answer.type]) throw new Error(`${where}: ${answer.type} is not in the OpenAPI document`);
    if (!answer.type.endsWith('json')) return;
    const validate = this.validatorOf(route, method.toLowerCase(), answer);
    if (!validate(answer.body)) {
      throw new Error(`${where} is not as documented: ${this.ajv.errorsText(validate.errors)}`);
    }
  }

  private routeOf(method: string, path: string): string | undefined {
    const matching = Object.keys(this.document.paths).filter(
      (template) =>
        this.document.paths[template]![method.toLowerCase()] &&
        new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    // The template with fewer parameters is the one that the router takes.
    return matching.sort((one, other) => one.split('{').length - other.split('{').length)[0];
  }

  private validatorOf(
    route: string,
    method: string,
    { status, type }: { status: number; type: string },
  ): ValidateFunction {
    const pointer = ['paths', route, method, 'responses', String(status), 'content', type, 'schema']
      .map(escapePointer)
      .join('/');
    const known = this.validators.get(pointer);
    if (known) return known;
    const validate = this.ajv.compile({ $ref: `openapi.json#/${pointer}` });
    this.validators.set(pointer, validate);
    return validate;
  }
}

/** RFC 6901, in a URI fragment. */
function escapePointer(segment: string): string {
  return encodeURIComponent(segment.replaceAll('~', '~0').replaceAll('/', '~1'));
}
