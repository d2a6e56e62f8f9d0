import base from "./playwright.config";

// `npm run screenshots`: the pictures of the README, into docs/screenshots.
export default { ...base, testDir: "screenshots", workers: 1 };
