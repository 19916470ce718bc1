// Validates the OpenAPI document on standard input.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';

const validator = new Validator();
const result = await validator.validate(JSON.parse(readFileSync(0, 'utf8')));
if (result.valid) validator.resolveRefs(); // throws for one that leads nowhere
console.log(result.valid ? `valid OpenAPI ${validator.version}` : JSON.stringify(result.errors, null, 1));
process.exitCode = result.valid && validator.version === '3.1' ? 0 : 1;
