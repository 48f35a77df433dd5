"""Preview: what editors see while they write. Nothing is published; pages are made when asked for.

edition    what there is to see at one moment: read and planned anew after a change
index      the search index of the preview, brought up to an edition when somebody searches
watching   which files have changed
notices    what is wrong, beside the page that it is wrong on
server     the edition over HTTP, and news of the next one to the browsers (livereload)
"""
