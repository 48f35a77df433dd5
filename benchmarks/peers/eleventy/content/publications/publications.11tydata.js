export default {
  layout: "case.11ty.js",
  tags: "cases",
  permalink: ({ slug }) => `/cases/${slug}/`,
};
