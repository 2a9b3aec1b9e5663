-- Units that a reorganisation has ended, with what came of them.

SELECT keeps('unit');
