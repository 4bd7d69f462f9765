import { writeFileSync } from 'node:fs';
import { diagnosesPage } from './diagnoses-page.js';

writeFileSync('docs/diagnoses.md', diagnosesPage(process.cwd()));
console.log('docs/diagnoses.md was written.');
