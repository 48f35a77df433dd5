"""New files for editors: a case, a publication, a whole site.

survey    what stands in the content folder already
numbering which id and which file name come next
forms     the text of a new file, with comments that teach
editors   what editing software needs to complete fields: schemas, settings, snippets
place     writing what is new: whole or not at all, and never over anything
make      the three together; what the commands call
"""
