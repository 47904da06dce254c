// What the SDK's server gets for its validator of JSON Schemas: the same one, loaded when an answer of a person is checked with it,
// as nothing else needs it.

import type { AjvJsonSchemaValidator } from "@modelcontextprotocol/server/validators/ajv";
import process from "node:process";

export { process };

export class DefaultJsonSchemaValidator {
  getValidator: AjvJsonSchemaValidator["getValidator"] = (schema) => {
    const ajv = require("@modelcontextprotocol/server/validators/ajv") as {
      AjvJsonSchemaValidator: typeof AjvJsonSchemaValidator;
    };
    return new ajv.AjvJsonSchemaValidator().getValidator(schema);
  };
}
