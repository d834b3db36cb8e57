// How the search orders its results: Sphinx's own scores, with weights for kinds of pages. The user
// guide explains, so it comes before the examples, the reference and the list of changes. Entries
// of the index and names of functions and classes keep their scores.
var Scorer = {
  score: ([page, title, anchor, description, score, file, kind]) => {
    if (kind === "index" || kind === "object") return score;
    if (page === "changes" || page === "development" || page === "mathematics") return score / 4;
    return page.startsWith("auto_examples/") || page.startsWith("api") ? score / 2 : score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: {0: 15, 1: 5, 2: -5},
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
