import manifest from "../package.json" with { type: "json" };

/** Of the program, as in package.json. */
export const VERSION: string = manifest.version;
/** What configs and servers import it as. The command is called `roundtrip`. */
export const PACKAGE_NAME: string = manifest.name;
