"""Search: an index that is built once and read twice, by Whoosh and by a script in the browser.

In the order in which text becomes an answer:

documents       what search knows about a case
folding         what makes a query and a text alike
sounds          pinyin, and its initials
layout          numbers for terms and documents, and which file holds what
terms           documents to occurrences of their terms, and the places where those stand
ranges          occurrences of many documents, brought together term by term
pieces          long texts that many documents have; heads: how many, and the best of them
coding          postings to the bytes of files; decoding: back
facets          the values of filters; fragments: the text of one document
corpus          what an index is to hold; state: its folder, and what the last update left there
index           the prebuilt index in search/index/, from the start; edit: what has changed
codec           Whoosh's way to the same files, with segment_files, segment_reader, segment_writer
fields          the fields of a case for Whoosh, and the query that finds a piece of text
query           what a reader types; answer: what is found; report: how it is told
related         related cases
opensearch      the same search for a server
"""
