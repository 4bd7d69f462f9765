import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from './s3-error.js';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });
const parser = new XMLParser({ parseTagValue: false, isArray: (tag) => tag === 'Part' || tag === 'Object' });

/** An answer in the form of S3. Arrays become repeated elements; undefined ones are left out. */
export const toXml = (root: string, content: object): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: { '@xmlns': NAMESPACE, ...content } })}`;

/** The content of the one root element that was asked for. */
export function fromXml(body: string, root: string): Record<string, unknown> {
  const malformed = new S3Error('MalformedXML', `The body is not a well-formed ${root} document.`);
  if (XMLValidator.validate(body) !== true) throw malformed;
  const content = (parser.parse(body) as Record<string, unknown>)[root];
  if (typeof content !== 'object' || content === null) throw malformed;
  return content as Record<string, unknown>;
}
