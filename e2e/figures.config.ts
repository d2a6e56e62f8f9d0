import base from "./playwright.config";

// What a browser sees of the pages' speed, by `cargo xtask bench browser`: one page at a time, in a fresh profile each.
export default { ...base, testDir: "figures", workers: 1, fullyParallel: false, reporter: [["line"]] };
